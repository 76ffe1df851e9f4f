//! A list of things with ids.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Things with an id, in their order and to be looked up.
pub(super) struct Named<K> {
    list: Vec<(K, String)>,
    place: BTreeMap<K, usize>,
}

impl<K: Ord + Copy> Named<K> {
    /// Each thing once, in the order in which it first comes; `id` names it.
    pub(super) fn of(things: impl Iterator<Item = K>, mut id: impl FnMut(K) -> String) -> Named<K> {
        let mut named = Named {
            list: Vec::new(),
            place: BTreeMap::new(),
        };
        for thing in things {
            if let Entry::Vacant(place) = named.place.entry(thing) {
                place.insert(named.list.len());
                named.list.push((thing, id(thing)));
            }
        }
        named
    }

    /// The thing's id; every name of the rotation was put into the list it is looked up in.
    pub(super) fn id(&self, thing: &K) -> &str {
        let place = self
            .place
            .get(thing)
            .and_then(|place| self.list.get(*place));
        place.map_or("", |(_, id)| id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(K, String)> {
        self.list.iter()
    }
}
