//! A text as a QR code, as an SVG image: it is printed, shown on a phone, and sharp on both.

use qrcode::render::svg::Color;
use qrcode::{EcLevel, QrCode};

/// How wide a module is drawn, in the image's own units: an image grows without loss.
const MODULE: u32 = 8;

/// The text is too long for a QR code.
#[derive(Debug, thiserror::Error)]
#[error("the text does not fit into a QR code")]
pub struct TooLong;

/// A text as an SVG image with its quiet zone, black on white whatever is around it. Of what is
/// dirty or folded up to 15 % may be missing.
///
/// # Errors
/// [`TooLong`] beyond some two thousand characters.
pub fn svg(text: &str) -> Result<String, TooLong> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| TooLong)?;
    let mut image = code.render::<Color<'_>>();
    image.module_dimensions(MODULE, MODULE);
    Ok(image.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_has_no_script_and_stands_for_itself() {
        let image = svg("7Q2MX8KD").expect("short");
        assert!(image.contains("<svg xmlns=\"http://www.w3.org/2000/svg\""));
        // 21 modules, and four of quiet on each side.
        assert!(image.contains("viewBox=\"0 0 232 232\""), "{image}");
        assert!(!image.contains("script") && !image.contains("href"));
        assert!(svg(&"x".repeat(5_000)).is_err());
    }
}
