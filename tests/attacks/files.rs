//! Files that bite: formulas on export, a zip bomb as XLSX.

use luot_testkit::{TestApp, on_both};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};

on_both! {
    async fn a_cell_that_is_a_formula_on_export(app: TestApp) {
        let slot = app.a_session().for_cohort("1A", 1).published().await;
        // The import takes what has letters for a name; the export must not make it a formula.
        let rows = "1,\"=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\")\",06/05/2017,,1A,\n";
        let form = Form::new().text("kind", "roster").part(
            "file",
            Part::text(format!("STT,Họ và tên,Ngày sinh,Số định danh cá nhân,Lớp,SĐT phụ huynh\n{rows}")).file_name("1A.csv"),
        );
        let request = app
            .request(Method::POST, &format!("/v1/campaigns/{}/imports", slot.campaign))
            .bearer_auth(&app.admin)
            .multipart(form);
        app.send(request).await.expect(StatusCode::OK);
        let cohorts = app.get(&format!("/v1/campaigns/{}/cohorts", slot.campaign)).await.items();
        let cohort = cohorts[0]["id"].as_str().expect("an id");
        let path = format!("/v1/campaigns/{}/cohorts/{cohort}/roster/file", slot.campaign);
        let csv = app.admin_get(&path).await.expect(StatusCode::OK);
        let text = csv.body.as_str().expect("text").to_owned();
        assert!(text.contains("\"'=HYPERLINK"), "{text}");
        assert!(!text.contains(",\"=") && !text.contains(",="), "{text}");
    }

    async fn a_zip_bomb_as_xlsx(app: TestApp) {
        let slot = app.a_session().for_cohort("1A", 1).published().await;
        let form = Form::new()
            .text("kind", "roster")
            .part("file", Part::bytes(bomb()).file_name("1A.xlsx"));
        let request = app
            .request(Method::POST, &format!("/v1/campaigns/{}/imports", slot.campaign))
            .bearer_auth(&app.admin)
            .multipart(form);
        let began = std::time::Instant::now();
        app.send(request).await.is_problem(422, "import-refused");
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "it was unpacked");
    }
}

/// A workbook whose sheet says of itself that it unpacks to four gigabytes: a stored entry
/// whose header promises more than there is, as bombs and broken files do.
fn bomb() -> Vec<u8> {
    let mut zip = Vec::new();
    let mut directory = Vec::new();
    let parts = [
        ("[Content_Types].xml", 100_u32),
        ("xl/workbook.xml", 100),
        ("xl/worksheets/sheet1.xml", u32::MAX - 1),
    ];
    for (name, size) in parts {
        let offset = u32::try_from(zip.len()).expect("small");
        // A deflate stream of one empty block: what it unpacks to is nothing like `size`.
        let data: &[u8] = &[3, 0];
        let head = |signature: u32| {
            let mut head = signature.to_le_bytes().to_vec();
            if signature == 0x0201_4b50 {
                head.extend([20, 0]);
            }
            head.extend([20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            head.extend(u32::try_from(data.len()).expect("small").to_le_bytes());
            head.extend(size.to_le_bytes());
            head.extend(u16::try_from(name.len()).expect("short").to_le_bytes());
            head.extend([0, 0]);
            head
        };
        zip.extend(head(0x0403_4b50));
        zip.extend(name.as_bytes());
        zip.extend(data);
        directory.extend(head(0x0201_4b50));
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (start, size) = (zip.len(), directory.len());
    zip.extend(&directory);
    zip.extend(0x0605_4b50_u32.to_le_bytes());
    zip.extend([0, 0, 0, 0, 3, 0, 3, 0]);
    zip.extend(u32::try_from(size).expect("small").to_le_bytes());
    zip.extend(u32::try_from(start).expect("small").to_le_bytes());
    zip.extend([0, 0]);
    zip
}
