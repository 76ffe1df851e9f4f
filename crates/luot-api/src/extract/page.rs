//! Lists in pages: `?limit=` and `?after=`, answered with `items` and `next`.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::{
    IntoParams, ToSchema,
    openapi::path::{Parameter, ParameterIn},
};

use super::query;
use crate::{
    limits,
    problem::{Code, Problem},
};

/// Which part of a list is wanted.
#[derive(Clone, Debug)]
pub struct Page {
    /// How many items at most: 1 to [`limits::PAGE_MAX`].
    pub limit: u32,
    /// Where the previous page ended.
    pub after: Option<Cursor>,
}

/// The place of an item in the order of its list. Opaque to clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Items<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// Send this as `after` for the next page; null on the last.
    #[schema(required = true)]
    pub next: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Parameters {
    /// How many items at most.
    #[param(minimum = 1, maximum = 500, default = 50, example = 50)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(max_length = 512)]
    after: Option<String>,
}

impl Page {
    /// The sort key after which this page begins. A cursor of another list is refused.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>, Problem> {
        self.after.as_ref().map(Cursor::key).transpose()
    }

    /// How many items to look for: one more than the page has, to know whether there are more.
    pub fn fetch(&self) -> u64 {
        u64::from(self.limit) + 1
    }

    /// Makes a page of items of which one more than `limit` was asked for, to know whether there are more.
    pub fn items<T, K: Serialize>(&self, mut items: Vec<T>, key: impl FnOnce(&T) -> K) -> Items<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| more);
        let next = last.map(|last| Cursor::of(&key(last)).0);
        Items { items, next }
    }

    fn read(query: &str) -> Result<Self, Problem> {
        let Parameters { limit, after } = query::parse(query)?;
        let limit = limit.unwrap_or(limits::PAGE_DEFAULT);
        if !(1..=limits::PAGE_MAX).contains(&limit) {
            return Err(Problem::new(Code::InvalidQuery).error(
                "/limit",
                "out-of-range",
                format!("`limit` is 1 to {}.", limits::PAGE_MAX),
                format!("`limit` phải từ 1 đến {}.", limits::PAGE_MAX),
            ));
        }
        Ok(Self {
            limit,
            after: after.map(Cursor),
        })
    }
}

impl<T> Items<T> {
    /// The same page of something else.
    pub fn map<U>(self, to: impl FnMut(T) -> U) -> Items<U> {
        Items {
            items: self.items.into_iter().map(to).collect(),
            next: self.next,
        }
    }
}

impl Cursor {
    /// The cursor of an item with this sort key.
    pub fn of(key: &impl Serialize) -> Self {
        Self(URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default()))
    }

    fn key<K: DeserializeOwned>(&self) -> Result<K, Problem> {
        let short = Some(&self.0).filter(|text| text.len() <= limits::CURSOR_CHARACTERS);
        let bytes = short.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        bytes
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| {
                Problem::new(Code::InvalidQuery).error(
                    "/after",
                    "unknown-cursor",
                    "`after` is not a `next` of this list.",
                    "`after` không phải giá trị `next` của danh sách này.",
                )
            })
    }
}

impl FromRequest for Page {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::read(request.query_string()))
    }
}

impl IntoParams for Page {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        Parameters::into_params(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_1_to_500_and_50_when_not_said() {
        let check = |query: &str, expect| {
            assert_eq!(
                Page::read(query).ok().map(|page| page.limit),
                expect,
                "{query}"
            )
        };
        check("", Some(50));
        check("limit=1", Some(1));
        check("limit=500&site=7", Some(500));
        check("limit=0", None);
        check("limit=501", None);
        check("limit=-1", None);
        check("limit=", None);
        check("limit=1&limit=2", None);
        check("limit=ten", None);
    }

    #[test]
    fn a_cursor_leads_to_the_next_page_and_others_are_refused() {
        let page = Page {
            limit: 2,
            after: None,
        };
        let first = page.items(vec![10, 20, 30], |n| (*n, "x"));
        assert_eq!(first.items, [10, 20]);
        let next = Page {
            limit: 2,
            after: first.next.map(Cursor),
        };
        assert_eq!(
            next.after::<(i32, String)>().ok().flatten(),
            Some((20, "x".to_owned()))
        );
        assert!(next.after::<bool>().is_err());
        assert_eq!(page.items(vec![10, 20], |n| *n).next, None);
        assert!(
            Page {
                limit: 2,
                after: Some(Cursor("%".to_owned()))
            }
            .after::<u8>()
            .is_err()
        );
    }
}
