//! What makes a drawing a document: structure tree, metadata, colour, attachments, the empty signature field. The pages come
//! from printpdf; everything here is added through lopdf, in a fixed order.

use jiff::Timestamp;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, StringFormat, dictionary};
use sha2::{Digest as _, Sha256};

use super::layout::{MM, Role, SHEET, Sheet};
use super::text::words;
use super::write::{Node, NodeKid, Written};
use super::xmp::{Moment, PRODUCER, author, packet, title};
use super::{Attachment, Page, PdfError, icc};

/// The partial name of the signature field.
pub(super) const FIELD_NAME: &str = "Signature1";
/// The room that a QR code keeps around itself, as part of its link.
const QUIET: f64 = 2.0 * MM;

/// Puts the document together and writes it.
pub(super) fn finish(written: Written, sheet: &Sheet, page: &Page, made_at: Timestamp) -> Result<Vec<u8>, PdfError> {
    let made = Moment::try_new(made_at)?;
    let Written {
        mut document,
        tree,
        marks,
    } = written;
    let pages: Vec<ObjectId> = document.get_pages().into_values().collect();
    let first = *pages
        .first()
        .ok_or_else(|| PdfError::Write("a document without pages".to_owned()))?;

    let link = document.add_object(link(sheet, page, first, marks.len()));
    let field = field(&mut document, first, marks.len() + 1);
    let builder = TreeBuilder {
        document: &mut document,
        pages: &pages,
        parents: marks
            .iter()
            .map(|&count| vec![None; usize::try_from(count).unwrap_or(0)])
            .collect(),
        link,
        link_parent: None,
        wallet: square(sheet.wallet, 0.0).into(),
    };
    let root = builder.build(&tree, field)?;

    let metadata = stream(
        &mut document,
        dictionary! { "Type" => "Metadata", "Subtype" => "XML" },
        packet(page, &made).into_bytes(),
        false,
    );
    let intent = intent(&mut document);
    let files = attachments(&mut document, &page.attachments, &made);

    for (index, &id) in pages.iter().enumerate() {
        let annotations: Vec<Object> = if index == 0 {
            vec![link.into(), field.into()]
        } else {
            Vec::new()
        };
        let dictionary = document.get_dictionary_mut(id).map_err(PdfError::Assemble)?;
        dictionary.set("StructParents", integer(index));
        if annotations.is_empty() {
            dictionary.remove(b"Annots");
        } else {
            dictionary.set("Annots", annotations);
            dictionary.set("Tabs", name("S"));
        }
    }

    let catalog = document.catalog_mut().map_err(PdfError::Assemble)?;
    catalog.set("PageLayout", name("SinglePage"));
    catalog.set("Lang", text("hi"));
    catalog.set("MarkInfo", dictionary! { "Marked" => true });
    catalog.set("StructTreeRoot", root);
    catalog.set("ViewerPreferences", dictionary! { "DisplayDocTitle" => true });
    catalog.set("Metadata", metadata);
    catalog.set("OutputIntents", vec![Object::from(intent)]);
    catalog.set(
        "AcroForm",
        dictionary! { "Fields" => vec![Object::from(field)], "SigFlags" => 3 },
    );
    if !files.is_empty() {
        let mut sorted = files.clone();
        sorted.sort();
        let names: Vec<Object> = sorted
            .into_iter()
            .flat_map(|(name, id)| [text(&name), id.into()])
            .collect();
        let tree = dictionary! { "Names" => names };
        catalog.set("Names", dictionary! { "EmbeddedFiles" => tree });
        catalog.set("AF", files.iter().map(|(_, id)| Object::from(*id)).collect::<Vec<_>>());
    }

    information(&mut document, page, &made)?;
    document.trailer.set("ID", identifier(page, &made));
    document.version = "1.7".to_owned();
    document.compress();
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).map_err(PdfError::Save)?;
    bytes.push(b'\n');
    Ok(bytes)
}

pub(super) fn name(text: &str) -> Object {
    Object::Name(text.as_bytes().to_vec())
}

/// A text string: ASCII as it is, anything else as UTF-16 with a byte order mark.
pub(super) fn text(text: &str) -> Object {
    if text.is_ascii() {
        return Object::String(text.as_bytes().to_vec(), StringFormat::Literal);
    }
    let mut bytes = vec![0xfe, 0xff];
    bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    Object::String(bytes, StringFormat::Literal)
}

fn integer(value: usize) -> Object {
    Object::Integer(i64::try_from(value).unwrap_or(i64::MAX))
}

/// A length on the page, to hundredths of a point.
fn real(value: f64) -> Object {
    Object::Real(((value * 100.0).round() / 100.0) as f32)
}

fn stream(document: &mut Document, dictionary: Dictionary, content: Vec<u8>, compress: bool) -> ObjectId {
    document.add_object(Stream::new(dictionary, content).with_compression(compress))
}

/// A square on the page, with some room around it: left, bottom, right, top.
fn square((x, y, side): (f64, f64, f64), room: f64) -> Vec<Object> {
    let (_, height) = SHEET;
    [x - room, height - y - side - room, x + side + room, height - y + room]
        .map(real)
        .to_vec()
}

/// The QR code opens the same address for those who read on a screen.
fn link(sheet: &Sheet, page: &Page, first: ObjectId, parent: usize) -> Dictionary {
    let (english, hindi) = words::QR_ALT;
    let action = dictionary! {
        "S" => name("URI"),
        "URI" => Object::String(page.token_url.as_bytes().to_vec(), StringFormat::Literal),
    };
    dictionary! {
        "Type" => "Annot",
        "Subtype" => "Link",
        "Rect" => square(sheet.qr, QUIET),
        "Border" => vec![Object::from(0), 0.into(), 0.into()],
        "F" => 4,
        "P" => first,
        "Contents" => text(&format!("{hindi} / {english}")),
        "StructParent" => integer(parent),
        "A" => action,
    }
}

/// The signature field and its widget, of no size: the page shows who issued, and a picture of a signature would teach people to
/// trust pictures. It exists before it is signed, so that signing changes this one object.
fn field(document: &mut Document, first: ObjectId, parent: usize) -> ObjectId {
    let nothing = vec![Object::from(0), 0.into(), 0.into(), 0.into()];
    let appearance = stream(
        document,
        dictionary! { "Type" => "XObject", "Subtype" => "Form", "BBox" => nothing.clone(), "Resources" => Dictionary::new() },
        Vec::new(),
        false,
    );
    document.add_object(dictionary! {
        "Type" => "Annot",
        "Subtype" => "Widget",
        "FT" => "Sig",
        "T" => text(FIELD_NAME),
        "TU" => text(words::FIELD),
        "Rect" => nothing,
        "F" => 132,
        "P" => first,
        "AP" => dictionary! { "N" => appearance },
        "StructParent" => integer(parent),
    })
}

struct TreeBuilder<'a> {
    document: &'a mut Document,
    pages: &'a [ObjectId],
    /// For each page the element of each MCID.
    parents: Vec<Vec<Option<ObjectId>>>,
    link: ObjectId,
    link_parent: Option<ObjectId>,
    /// Where the symbol for wallets stands.
    wallet: Object,
}

impl TreeBuilder<'_> {
    /// Writes the tree; answers with its root.
    fn build(mut self, tree: &Node, field: ObjectId) -> Result<ObjectId, PdfError> {
        let root = self.document.new_object_id();
        let top = self.node(tree, root)?;
        let form = self.document.add_object(dictionary! {
            "S" => "Form",
            "P" => top,
            "Pg" => self.pages.first().copied().map_or(Object::Null, Object::from),
            "K" => dictionary! { "Type" => "OBJR", "Obj" => field },
        });
        self.document
            .get_dictionary_mut(top)
            .and_then(|dictionary| dictionary.get_mut(b"K"))
            .and_then(Object::as_array_mut)
            .map_err(PdfError::Assemble)?
            .push(form.into());

        let missing = || PdfError::Write("a piece of content belongs to no element".to_owned());
        let mut numbers = Vec::new();
        let pages = self.parents.len();
        for (page, elements) in self.parents.iter().enumerate() {
            let list = elements
                .iter()
                .map(|element| element.map(Object::from).ok_or_else(missing))
                .collect::<Result<Vec<_>, _>>()?;
            numbers.extend([integer(page), list.into()]);
        }
        numbers.extend([integer(pages), self.link_parent.ok_or_else(missing)?.into()]);
        numbers.extend([integer(pages + 1), form.into()]);
        let parent_tree = self.document.add_object(dictionary! { "Nums" => numbers });
        self.document.set_object(
            root,
            dictionary! {
                "Type" => "StructTreeRoot",
                "K" => vec![Object::from(top)],
                "ParentTree" => parent_tree,
                "ParentTreeNextKey" => integer(pages + 2),
            },
        );
        Ok(root)
    }

    fn node(&mut self, node: &Node, parent: ObjectId) -> Result<ObjectId, PdfError> {
        let id = self.document.new_object_id();
        let mut kids: Vec<Object> = Vec::new();
        let mut own_page = None;
        for kid in &node.kids {
            match kid {
                NodeKid::Node(child) => kids.push(self.node(child, id)?.into()),
                NodeKid::Mark { page, mcid } => {
                    own_page = self.pages.get(*page).copied();
                    kids.push(Object::Integer(*mcid));
                    let slot = usize::try_from(*mcid)
                        .ok()
                        .and_then(|mcid| self.parents.get_mut(*page)?.get_mut(mcid));
                    *slot.ok_or_else(|| PdfError::Write("a piece of content has no number".to_owned()))? = Some(id);
                }
                NodeKid::LinkAnnotation => {
                    own_page = self.pages.first().copied();
                    kids.push(dictionary! { "Type" => "OBJR", "Obj" => self.link }.into());
                    self.link_parent = Some(id);
                }
            }
        }
        let mut element = dictionary! { "S" => name(node.role.name()), "P" => parent };
        if let Some(page) = own_page {
            element.set("Pg", page);
        }
        if let Some(language) = node.language {
            element.set("Lang", text(language.tag()));
        }
        match node.role {
            Role::Header => element.set("A", dictionary! { "O" => "Table", "Scope" => "Row" }),
            Role::Cell { columns } if columns > 1 => {
                element.set("A", dictionary! { "O" => "Table", "ColSpan" => i64::from(columns) });
            }
            Role::Figure | Role::WalletFigure => {
                let ((english, hindi), place) = match node.role {
                    Role::Figure => (words::QR_ALT, self.figure_box()),
                    _ => (words::WALLET_ALT, self.wallet.clone()),
                };
                element.set("Alt", text(&format!("{hindi} / {english}")));
                element.set(
                    "A",
                    dictionary! { "O" => "Layout", "Placement" => "Block", "BBox" => place },
                );
            }
            _ => {}
        }
        element.set("K", kids);
        self.document.set_object(id, element);
        Ok(id)
    }

    /// The figure is what the link covers.
    fn figure_box(&self) -> Object {
        self.document
            .get_dictionary(self.link)
            .and_then(|link| link.get(b"Rect"))
            .cloned()
            .unwrap_or(Object::Null)
    }
}

/// Colours mean sRGB.
fn intent(document: &mut Document) -> ObjectId {
    let profile = stream(document, dictionary! { "N" => 3 }, icc::srgb(), true);
    document.add_object(dictionary! {
        "Type" => "OutputIntent",
        "S" => "GTS_PDFA1",
        "OutputConditionIdentifier" => text("sRGB IEC61966-2.1"),
        "Info" => text("sRGB IEC61966-2.1"),
        "DestOutputProfile" => profile,
    })
}

fn attachments(document: &mut Document, attachments: &[Attachment], made: &Moment) -> Vec<(String, ObjectId)> {
    attachments
        .iter()
        .map(|attachment| {
            let parameters = dictionary! {
                "Size" => integer(attachment.bytes.len()),
                "ModDate" => text(&made.pdf),
            };
            let file = stream(
                document,
                dictionary! { "Type" => "EmbeddedFile", "Subtype" => name(&attachment.mime), "Params" => parameters },
                attachment.bytes.clone(),
                true,
            );
            let specification = document.add_object(dictionary! {
                "Type" => "Filespec",
                "F" => text(&attachment.name),
                "UF" => text(&attachment.name),
                "Desc" => text(&attachment.description),
                "AFRelationship" => "Data",
                "EF" => dictionary! { "F" => file, "UF" => file },
            });
            (attachment.name.clone(), specification)
        })
        .collect()
}

/// The information dictionary says what the XMP packet says, and nothing of printpdf's.
fn information(document: &mut Document, page: &Page, made: &Moment) -> Result<(), PdfError> {
    let id = document
        .trailer
        .get(b"Info")
        .and_then(Object::as_reference)
        .map_err(PdfError::Assemble)?;
    let entries = dictionary! {
        "Title" => text(&title(page)),
        "Author" => text(&author(page)),
        "Creator" => text("Praman"),
        "Producer" => text(PRODUCER),
        "CreationDate" => text(&made.pdf),
    };
    document.set_object(id, entries);
    Ok(())
}

/// The first half names the document, the second this version of it (ISO 32000-1, 14.4).
fn identifier(page: &Page, made: &Moment) -> Vec<Object> {
    let mut hash = Sha256::new();
    hash.update(page.document_id);
    hash.update(page.layout.as_bytes());
    hash.update(made.pdf.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let version: Vec<u8> = digest.into_iter().take(16).collect();
    vec![
        Object::String(page.document_id.to_vec(), StringFormat::Hexadecimal),
        Object::String(version, StringFormat::Hexadecimal),
    ]
}
