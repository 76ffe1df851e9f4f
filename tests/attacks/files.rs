//! Files that bite: formulas on export, a zip bomb as XLSX.

use luot_testkit::{TestApp, on_both};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};

#[path = "../../crates/luot-files/tests/bomb/archive.rs"]
mod archive;

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
            .part("file", Part::bytes(archive::bomb()).file_name("1A.xlsx"));
        let request = app
            .request(Method::POST, &format!("/v1/campaigns/{}/imports", slot.campaign))
            .bearer_auth(&app.admin)
            .multipart(form);
        let refused = app.send(request).await;
        refused.is_problem(422, "import-refused");
        assert_eq!(refused.text("/errors/0/code"), "file-too-large");
    }
}
