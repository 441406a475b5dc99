// An auditor of a published log that shares no code with it: Go's own transparency-log library (golang.org/x/mod/sumdb, as Debian
// packages it) and what is written here.
//
//	auditor -vkey KEY (-url http://host/log | -dir FOLDER) [-witness KEY]... [-older FILE]... [-bundle FILE]... [-sample N]
//
// It checks the checkpoint's signature, reads every entry bundle and every tile, computes each leaf, each tile and the root anew,
// proves the inclusion of every entry (or of a sample) from the served tiles, that the log extends each older checkpoint, and
// every proof bundle that it is given. Exit code 0: it holds. 1: it does not, with a sentence that says why. 2: it cannot tell.
package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// rejected is what the log did wrong; every other error is something that could not be found out.
type rejected struct{ why string }

func (r rejected) Error() string { return r.why }

func reject(format string, arguments ...interface{}) error {
	return rejected{fmt.Sprintf(format, arguments...)}
}

var errMissing = errors.New("not there")

type list []string

func (l *list) String() string     { return strings.Join(*l, " ") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

func main() {
	var witnesses, older, bundles list
	vkey := flag.String("vkey", "", "the log's verifier key")
	url := flag.String("url", "", "where the log is served")
	dir := flag.String("dir", "", "where the log lies")
	sample := flag.Int64("sample", 0, "prove so many entries only, evenly spread; 0 for all")
	want := flag.Int("cosignatures", 0, "so many witnesses must have cosigned the checkpoint")
	flag.Var(&witnesses, "witness", "the verifier key of a witness")
	flag.Var(&older, "older", "a file with an older checkpoint of the log")
	flag.Var(&bundles, "bundle", "a file with a .tlog-proof")
	flag.Parse()
	words, err := audit(*vkey, witnesses, *url, *dir, older, bundles, *sample, *want)
	var r rejected
	switch {
	case err == nil:
		fmt.Println("accepted:", words)
	case errors.As(err, &r):
		fmt.Println("rejected:", r.why)
		os.Exit(1)
	default:
		fmt.Fprintln(os.Stderr, "could not tell:", err)
		os.Exit(2)
	}
}

func audit(vkey string, witnesses []string, url, dir string, older, bundles []string, sample int64, want int) (string, error) {
	keys, err := readKeys(vkey, witnesses)
	if err != nil {
		return "", err
	}
	if (url == "") == (dir == "") {
		return "", errors.New("one of -url and -dir is needed")
	}
	source := &source{url: strings.TrimSuffix(url, "/"), dir: dir, kept: map[string][]byte{}}
	text, err := source.read("checkpoint")
	if err != nil {
		return "", fmt.Errorf("the checkpoint: %w", err)
	}
	head, cosigned, err := keys.open(text)
	if err != nil {
		return "", err
	}
	if cosigned < want {
		return "", reject("the checkpoint carries %d cosignatures of known witnesses, not %d", cosigned, want)
	}
	hashes, leaves, err := source.entries(head)
	if err != nil {
		return "", err
	}
	if err := source.tiles(head, hashes); err != nil {
		return "", err
	}
	served := tlog.TileHashReader(head, source)
	proven, err := prove(head, served, leaves, sample)
	if err != nil {
		return "", err
	}
	for _, file := range older {
		if err := extends(file, keys, head, served, hashes); err != nil {
			return "", err
		}
	}
	for _, file := range bundles {
		if err := bundle(file, keys, head, leaves, served); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d entries, %d proven to be in the tree, %d older checkpoints, %d bundles, %d cosignatures",
		head.N, proven, len(older), len(bundles), cosigned), nil
}

// entries reads every bundle and computes the tree over what is in it.
func (s *source) entries(head tlog.Tree) (stored, []tlog.Hash, error) {
	var hashes stored
	var leaves []tlog.Hash
	for number := int64(0); number*256 < head.N; number++ {
		width := head.N - number*256
		if width > 256 {
			width = 256
		}
		path := pathOf(tlog.Tile{H: height, L: -1, N: number, W: int(width)})
		data, err := s.read(path)
		if errors.Is(err, errMissing) {
			return nil, nil, reject("the entry bundle %s is missing", path)
		}
		if err != nil {
			return nil, nil, err
		}
		for place := int64(0); place < width; place++ {
			index := number*256 + place
			if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
				return nil, nil, reject("the entry bundle %s ends before entry %d", path, index)
			}
			length := int(binary.BigEndian.Uint16(data))
			leaf := data[2 : 2+length]
			data = data[2+length:]
			more, err := tlog.StoredHashes(index, leaf, hashes)
			if err != nil {
				return nil, nil, err
			}
			hashes = append(hashes, more...)
			leaves = append(leaves, tlog.RecordHash(leaf))
		}
		if len(data) != 0 {
			return nil, nil, reject("the entry bundle %s holds more than its %d entries", path, width)
		}
	}
	if head.N == 0 {
		return hashes, leaves, nil
	}
	root, err := tlog.TreeHash(head.N, hashes)
	if err != nil {
		return nil, nil, err
	}
	if root != head.Hash {
		return nil, nil, reject("the entries do not give the signed root: %s", s.firstDifference(head, leaves))
	}
	return hashes, leaves, nil
}

// firstDifference says which entry is not the one in the tree, where the tiles can tell.
func (s *source) firstDifference(head tlog.Tree, leaves []tlog.Hash) string {
	served := tlog.TileHashReader(head, s)
	for index, leaf := range leaves {
		found, err := served.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(index))})
		if err != nil {
			return fmt.Sprintf("nor do the tiles (%v)", err)
		}
		if found[0] != leaf {
			return fmt.Sprintf("entry %d is not the one in the tree", index)
		}
	}
	return "though each entry is the one in its tile"
}

// tiles reads every tile and compares it with what the entries give.
func (s *source) tiles(head tlog.Tree, hashes stored) error {
	all := tlog.NewTiles(height, 0, head.N)
	for place, tile := range all {
		// The library lists a partial tile with every width up to its own; only the last is one of this tree.
		if place+1 < len(all) && all[place+1].L == tile.L && all[place+1].N == tile.N {
			continue
		}
		path := pathOf(tile)
		served, err := s.read(path)
		if errors.Is(err, errMissing) {
			return reject("the tile %s is missing", path)
		}
		if err != nil {
			return err
		}
		computed, err := tlog.ReadTileData(tile, hashes)
		if err != nil {
			return err
		}
		if !bytes.Equal(served, computed) {
			return reject("the tile %s is not the one that the entries give", path)
		}
	}
	return nil
}

// prove makes an inclusion proof from the served tiles for every entry, or for so many, and checks it.
func prove(head tlog.Tree, served tlog.HashReader, leaves []tlog.Hash, sample int64) (int64, error) {
	step := int64(1)
	if sample > 0 && head.N > sample {
		step = head.N / sample
	}
	proven := int64(0)
	for index := int64(0); index < head.N; index += step {
		proof, err := tlog.ProveRecord(head.N, index, served)
		if err != nil {
			return 0, reject("entry %d cannot be proven from the tiles: %v", index, err)
		}
		if err := tlog.CheckRecord(proof, head.N, head.Hash, index, leaves[index]); err != nil {
			return 0, reject("entry %d is not in the tree: %v", index, err)
		}
		proven++
	}
	return proven, nil
}

// extends checks that the log goes on from an older checkpoint.
func extends(file string, keys *keys, head tlog.Tree, served tlog.HashReader, hashes stored) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	old, _, err := keys.open(text)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if old.N > head.N {
		return reject("the log has %d entries and a checkpoint of %d was signed before", head.N, old.N)
	}
	if old.N == 0 {
		return nil
	}
	root, err := tlog.TreeHash(old.N, hashes)
	if err != nil {
		return err
	}
	if root != old.Hash {
		return reject("the log does not extend its own checkpoint of %d entries", old.N)
	}
	proof, err := tlog.ProveTree(head.N, old.N, served)
	if err != nil {
		return reject("no proof from the tiles that the log extends its checkpoint of %d entries: %v", old.N, err)
	}
	if err := tlog.CheckTree(proof, head.N, head.Hash, old.N, old.Hash); err != nil {
		return reject("the log does not extend its checkpoint of %d entries: %v", old.N, err)
	}
	return nil
}

// stored is the tree as the library numbers its hashes.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, index := range indexes {
		if index < 0 || index >= int64(len(s)) {
			return nil, fmt.Errorf("no hash %d", index)
		}
		found = append(found, s[index])
	}
	return found, nil
}

// source is where the log is: an address or a folder.
type source struct {
	url, dir string
	kept     map[string][]byte
}

var client = &http.Client{Timeout: 30 * time.Second}

// pathOf is the library's path without its height, and with the name of tlog-tiles for entries.
func pathOf(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), "tile/8/")
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}

func (s *source) read(path string) ([]byte, error) {
	if data, ok := s.kept[path]; ok {
		return data, nil
	}
	data, err := s.readOnce(path)
	if err == nil && path != "checkpoint" {
		s.kept[path] = data
	}
	return data, err
}

func (s *source) readOnce(path string) ([]byte, error) {
	if s.dir != "" {
		data, err := os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(path)))
		if errors.Is(err, os.ErrNotExist) {
			return nil, errMissing
		}
		return data, err
	}
	answer, err := client.Get(s.url + "/" + path)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusNotFound {
		return nil, errMissing
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, answer.Status)
	}
	return io.ReadAll(io.LimitReader(answer.Body, 64<<20))
}

// Height, ReadTiles and SaveTiles let the library read tiles; it checks each against the root.
func (s *source) Height() int { return height }

func (s *source) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := s.read(pathOf(tile))
		if errors.Is(err, errMissing) && tile.W < 1<<height {
			whole := tile
			whole.W = 1 << height
			if data, err = s.read(pathOf(whole)); err == nil && len(data) >= tile.W*tlog.HashSize {
				data = data[:tile.W*tlog.HashSize]
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", pathOf(tile), err)
		}
		if len(data) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes, not %d", pathOf(tile), len(data), tile.W*tlog.HashSize)
		}
		all = append(all, data)
	}
	return all, nil
}

func (s *source) SaveTiles([]tlog.Tile, [][]byte) {}

// decimal reads a number that has one spelling.
func decimal(text string) (int64, error) {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 0 || strconv.FormatInt(number, 10) != text {
		return 0, fmt.Errorf("%q is no number", text)
	}
	return number, nil
}

var _ note.Verifier = (*witness)(nil)
