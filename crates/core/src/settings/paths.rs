//! Where the endpoints are, below the issuer. The table of endpoints is above the settings and makes them
//! (`endpoint::paths`), so that no endpoint is without a place.

/// The place of one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The endpoint's name.
    pub name: &'static str,
    /// Its path; it begins with a slash.
    pub path: String,
    /// Clients authenticate there, so that their assertions may be made for it.
    pub authenticates: bool,
}

/// The places of all endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    places: Vec<Place>,
    /// Names for which a path was set, and which no endpoint has.
    unknown: Vec<String>,
}

impl Paths {
    /// One for each endpoint.
    pub fn new(places: impl IntoIterator<Item = Place>) -> Self {
        Self { places: places.into_iter().collect(), unknown: Vec::new() }
    }

    /// The path of an endpoint.
    pub fn of(&self, name: &str) -> &str {
        self.places.iter().find(|place| place.name == name).map_or("", |place| &place.path)
    }

    /// Another path for an endpoint; a name that no endpoint has is among the [unknown](Self::unknown).
    pub fn set(&mut self, name: &str, path: impl Into<String>) {
        if let Some(place) = self.places.iter_mut().find(|place| place.name == name) {
            place.path = path.into();
        } else {
            self.unknown.push(name.to_owned());
        }
    }

    /// Names for which a path was set, and which no endpoint has.
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// Every one, in the order of the table.
    pub fn all(&self) -> impl Iterator<Item = &Place> {
        self.places.iter()
    }
}
