use super::*;

/// What the field keeps of the words, if it takes them.
fn kept(kind: FieldKind, words: &str) -> Result<String, FieldProblem> {
    let field = field(kind);
    let value = field.tidied(&text(words));
    field.check(&value, TODAY)?;
    let Value::Text(kept) = value else { panic!("{value:?}") };
    Ok(kept)
}

#[test]
fn a_vehicles_number_in_its_usual_shapes() {
    for (words, number) in [
        ("DL 3C AB 1234", "DL3CAB1234"),
        ("dl-3c-ab-1234", "DL3CAB1234"),
        ("DL01 1234", "DL011234"),
        ("DL 1 C 0001", "DL1C0001"),
        ("HR26DQ5551", "HR26DQ5551"),
        ("DL 1PC AAA 0001".replace(" AAA", "").as_str(), "DL1PC0001"),
        ("DL1LAA0001", "DL1LAA0001"),
        ("22 BH 1234 AA", "22BH1234AA"),
        ("22bh1234a", "22BH1234A"),
        ("DL ३C AB १२३४", "DL3CAB1234"),
    ] {
        assert_eq!(kept(FieldKind::VehicleNumber, words), Ok(number.to_owned()), "{words}");
    }
    for words in [
        "",
        "DL",
        "1234",
        "DL3CAB123",
        "DL3CAB12345",
        "DL3CABCD1234",
        "DL123C1234",
        "D3CAB1234",
        "3CAB1234",
        "DL3CAB12E4",
        "22BH1234",
        "22BH1234AAA",
        "2BH1234AA",
        "दिल्ली 3C 1234",
        "DL3CAB1234; DROP",
        "é3CAB1234",
        "DLÉ1234",
        "22BHé234A",
    ] {
        assert_eq!(
            kept(FieldKind::VehicleNumber, words),
            Err(FieldProblem::VehicleNumber),
            "{words}"
        );
    }
}

#[test]
fn a_licences_number_of_today_and_of_before() {
    for (words, number) in [
        ("DL-0420110149646", "DL0420110149646"),
        ("dl04 20110149646", "DL0420110149646"),
        ("DL-04/2011/0149646", "DL0420110149646"),
        ("DL04 २०११ 0149646", "DL0420110149646"),
        // Written by hand, long ago.
        ("P03042001123456", "P03042001123456"),
        ("dl/98/12345", "DL/98/12345"),
        ("C-1234", "C-1234"),
        ("12345", "12345"),
        ("ABCDEF-12345678/1998", "ABCDEF-12345678/1998"),
    ] {
        assert_eq!(kept(FieldKind::LicenceNumber, words), Ok(number.to_owned()), "{words}");
    }
    for words in [
        "",
        "1234",
        "licence",
        "I do not know",
        "ABC-123",
        "ABCDEF-12345678/19980",
        "DL#12345",
        "डीएल 12345",
        // Of today's shape, with a year that has not come, or before there were such licences.
        "DL0420270149646",
        "DL0419380149646",
    ] {
        assert_eq!(
            kept(FieldKind::LicenceNumber, words),
            Err(FieldProblem::LicenceNumber),
            "{words}"
        );
    }
    assert!(kept(FieldKind::LicenceNumber, "DL0420260149646").is_ok());
    assert!(kept(FieldKind::LicenceNumber, "DL0419390149646").is_ok());
}
