package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// keys are whose signatures count.
type keys struct {
	log       note.Verifier
	witnesses []*witness
	all       note.Verifiers
}

func readKeys(vkey string, witnesses []string) (*keys, error) {
	log, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fmt.Errorf("-vkey: %w", err)
	}
	read := &keys{log: log}
	all := []note.Verifier{log}
	for _, text := range witnesses {
		w, err := readWitness(text)
		if err != nil {
			return nil, fmt.Errorf("-witness: %w", err)
		}
		read.witnesses = append(read.witnesses, w)
		all = append(all, w)
	}
	read.all = note.VerifierList(all...)
	return read, nil
}

// open checks a checkpoint and answers with its tree and how many known witnesses have cosigned it.
func (k *keys) open(text []byte) (tlog.Tree, int, error) {
	none := tlog.Tree{}
	opened, err := note.Open(text, k.all)
	if err != nil {
		return none, 0, reject("the checkpoint is not signed as it must be: %v", err)
	}
	signed, cosigned := false, 0
	for _, signature := range opened.Sigs {
		if signature.Name == k.log.Name() && signature.Hash == k.log.KeyHash() {
			signed = true
		} else {
			cosigned++
		}
	}
	if !signed {
		return none, 0, reject("the checkpoint is not signed by the log")
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != k.log.Name() {
		return none, 0, reject("the checkpoint is not one of %s", k.log.Name())
	}
	size, err := decimal(lines[1])
	if err != nil {
		return none, 0, reject("the checkpoint's size: %v", err)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return none, 0, reject("the checkpoint's root: %v", err)
	}
	if size == 0 && root != tlog.Hash(sha256.Sum256(nil)) {
		return none, 0, reject("the checkpoint's root is not that of the empty tree")
	}
	return tlog.Tree{N: size, Hash: root}, cosigned, nil
}

// witness checks cosignatures (C2SP tlog-cosignature, Ed25519), which the library does not know.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func readWitness(text string) (*witness, error) {
	parts := strings.SplitN(text, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("not a verifier key")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
		return nil, errors.New("not the verifier key of a witness")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if hex.EncodeToString(sum[:4]) != parts[1] {
		return nil, errors.New("the key id is not that of the key")
	}
	return &witness{name: parts[0], hash: binary.BigEndian.Uint32(sum[:4]), key: ed25519.PublicKey(key[1:])}, nil
}

func (w *witness) Name() string    { return w.name }
func (w *witness) KeyHash() uint32 { return w.hash }

func (w *witness) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(signature)
	message := "cosignature/v1\ntime " + strconv.FormatUint(at, 10) + "\n" + string(text)
	return ed25519.Verify(w.key, []byte(message), signature[8:])
}

// bundle checks a .tlog-proof, and that what it proves is what the log serves.
func bundle(file string, keys *keys, head tlog.Tree, leaves []tlog.Hash, served tlog.HashReader) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	parts := strings.SplitN(string(text), "\n\n", 2)
	if len(parts) != 2 {
		return reject("%s is no proof bundle", file)
	}
	lines := strings.Split(parts[0], "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		return reject("%s is no proof bundle", file)
	}
	lines = lines[1:]
	var extra []byte
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		if extra, err = base64.StdEncoding.DecodeString(lines[0][6:]); err != nil {
			return reject("%s: the extra data: %v", file, err)
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return reject("%s names no index", file)
	}
	index, err := decimal(lines[0][6:])
	if err != nil {
		return reject("%s: the index: %v", file, err)
	}
	var proof tlog.RecordProof
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return reject("%s: a hash: %v", file, err)
		}
		proof = append(proof, hash)
	}
	tree, _, err := keys.open([]byte(parts[1]))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if extra == nil {
		return reject("%s does not say of which entry", file)
	}
	leaf := tlog.RecordHash(extra)
	if index >= tree.N {
		return reject("%s speaks of entry %d of %d", file, index, tree.N)
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf); err != nil {
		return reject("%s: the proof does not hold: %v", file, err)
	}
	if index < int64(len(leaves)) && leaves[index] != leaf {
		return reject("%s: the log now serves another entry %d", file, index)
	}
	if tree.N > head.N {
		return reject("%s: its checkpoint of %d entries is beyond the log's %d", file, tree.N, head.N)
	}
	grown, err := tlog.ProveTree(head.N, tree.N, served)
	if err == nil {
		err = tlog.CheckTree(grown, head.N, head.Hash, tree.N, tree.Hash)
	}
	if err != nil {
		return reject("%s: the log does not extend the checkpoint in it: %v", file, err)
	}
	return nil
}
