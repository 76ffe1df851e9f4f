//! An appointment's code as a QR image: what its holder shows at the door.

use super::find_for;
use crate::App;
use crate::authz::Actor;
use crate::error::{Error, Result};

impl App {
    /// An appointment's code as a QR code, as an SVG image. In it is the code and nothing else:
    /// a code names, it does not grant. For whom the appointment is. Nothing of a person is read, so
    /// nothing is noted.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none, or not for this caller.
    pub async fn appointment_qr(&self, actor: &Actor, code: &str) -> Result<String> {
        let found = self
            .store
            .read(async |tx| Ok::<_, Error>(find_for(self, tx, actor, code).await?.code))
            .await?;
        luot_files::qr::svg(&found).map_err(|e| Error::Bug(e.to_string()))
    }
}
