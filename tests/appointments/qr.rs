//! `GET /v1/appointments/{code}/qr`

use luot_app::Role;
use luot_testkit::{TestApp, on_both};
use reqwest::{Method, StatusCode};
use serde_json::json;

/// Modules on a side of the smallest QR code.
const SIDE: usize = 21;

on_both! {
    async fn what_is_in_it_checks_the_appointment_in(app: TestApp) {
        let slot = app.a_session().in_days(0).published().await;
        let booked = app.a_parent().books(&slot).await.expect(StatusCode::CREATED);
        let code = booked.text("/appointments/0/code");
        let path = format!("/v1/appointments/{code}/qr");
        let request = app.request(Method::GET, &path).bearer_auth(booked.text("/manage_token"));
        let image = app.send(request).await.expect(StatusCode::OK);
        assert_eq!(image.header("content-type"), "image/svg+xml");
        assert_eq!(image.header("cache-control"), "no-store");
        let held = text_in(&modules(image.body.as_str().expect("an image")));
        assert_eq!(held, code);
        let arrivals = format!("/v1/sessions/{}/arrivals", slot.session);
        let came = app.admin_post(&arrivals, &json!({ "code": held })).await.expect(StatusCode::CREATED);
        // However a scanner gives it.
        for scanned in [format!("{}\r\n", held.to_lowercase()), format!("https://dat-lich.example/lich-hen/{held}?l=vi")] {
            let again = app.admin_post(&arrivals, &json!({ "code": scanned })).await.expect(StatusCode::OK);
            assert_eq!(again.text("/id"), came.text("/id"));
        }
        app.admin_post(&arrivals, &json!({ "code": "https://dat-lich.example/lich-hen" })).await
            .is_problem(404, "not-found");
    }

    async fn it_is_for_whom_the_appointment_is(app: TestApp) {
        let slot = app.a_session().published().await;
        let (mai, lan) = (app.a_parent(), app.a_parent());
        let (hers, other) = (mai.books(&slot).await, lan.books(&slot).await);
        let path = format!("/v1/appointments/{}/qr", hers.text("/appointments/0/code"));
        app.get(&path).await.is_problem(401, "unauthorized");
        let with = async |token: String| {
            app.send(app.request(Method::GET, &path).bearer_auth(token)).await
        };
        with(other.text("/manage_token")).await.is_problem(404, "not-found");
        with(app.token_of(Role::School).await).await.is_problem(404, "not-found");
        with(app.token_of(Role::Operator).await).await.expect(StatusCode::OK);
    }
}

/// The dark modules of an image, read from its one path.
fn modules(image: &str) -> Vec<Vec<bool>> {
    let (_, path) = image.split_once(" d=\"").expect("a path");
    let (path, _) = path.split_once('"').expect("its end");
    let mut dark = vec![vec![false; SIDE]; SIDE];
    for rectangle in path.split('M').skip(1) {
        let numbers: Vec<usize> = rectangle
            .split(|c: char| !c.is_ascii_digit())
            .filter_map(|n| n.parse().ok())
            .collect();
        let [left, top, wide, high, ..] = numbers[..] else {
            panic!("{rectangle}: no rectangle");
        };
        for row in dark.iter_mut().skip(top / 8 - 4).take(high / 8) {
            row[left / 8 - 4..][..wide / 8].fill(true);
        }
    }
    dark
}

/// What a clean code of the smallest size says, by ISO/IEC 18004: no error is corrected.
fn text_in(dark: &[Vec<bool>]) -> String {
    // Bits two to four beside the upper left eye, under their own mask of 101.
    let mask = [true, false, true].iter().zip(2..5);
    let mask = mask.fold(0, |m, (flip, n)| m * 2 + u8::from(dark[8][n] != *flip));
    let is_flipped = |r: usize, c: usize| match mask {
        0 => (r + c).is_multiple_of(2),
        1 => r.is_multiple_of(2),
        2 => c.is_multiple_of(3),
        3 => (r + c).is_multiple_of(3),
        4 => (r / 2 + c / 3).is_multiple_of(2),
        5 => r * c % 2 + r * c % 3 == 0,
        6 => (r * c % 2 + r * c % 3).is_multiple_of(2),
        _ => ((r + c) % 2 + r * c % 3).is_multiple_of(2),
    };
    let is_data = |r: usize, c: usize| {
        let eye = (r < 9 && !(9..13).contains(&c)) || (c < 9 && r >= 13);
        !eye && r != 6 && c != 6
    };
    let mut bits = Vec::new();
    // Two columns at a time from the right, up and down in turn, beside the timing column.
    let columns = [20, 18, 16, 14, 12, 10, 8, 5, 3, 1];
    for (n, right) in columns.into_iter().enumerate() {
        for at in 0..SIDE {
            let row = if n % 2 == 0 { SIDE - 1 - at } else { at };
            for column in [right, right - 1] {
                if is_data(row, column) {
                    bits.push(dark[row][column] != is_flipped(row, column));
                }
            }
        }
    }
    read_segments(&bits)
}

/// Digits, and digits with capitals.
fn read_segments(bits: &[bool]) -> String {
    const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let mut bits = bits.iter();
    let mut take = |n: usize| {
        let taken = bits.by_ref().take(n);
        taken.fold(0_usize, |all, bit| all * 2 + usize::from(*bit))
    };
    let mut text = String::new();
    loop {
        match take(4) {
            0 => return text,
            1 => {
                let mut left = take(10);
                while left > 0 {
                    let digits = left.min(3);
                    let number = take([0, 4, 7, 10][digits]);
                    text.push_str(&format!("{number:0digits$}"));
                    left -= digits;
                }
            }
            2 => {
                let mut left = take(9);
                while left > 1 {
                    let pair = take(11);
                    text.extend([pair / 45, pair % 45].map(|n| char::from(LETTERS[n])));
                    left -= 2;
                }
                if left == 1 {
                    text.push(char::from(LETTERS[take(6)]));
                }
            }
            mode => panic!("mode {mode}"),
        }
    }
}
