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
pub struct Paths(Vec<Place>);

impl Paths {
    /// One for each endpoint.
    pub fn new(places: impl IntoIterator<Item = Place>) -> Self {
        Self(places.into_iter().collect())
    }

    /// The path of an endpoint.
    pub fn of(&self, name: &str) -> &str {
        self.0.iter().find(|place| place.name == name).map_or("", |place| &place.path)
    }

    /// Another path for an endpoint; of a name that no endpoint has, nothing comes.
    pub fn set(&mut self, name: &str, path: impl Into<String>) {
        if let Some(place) = self.0.iter_mut().find(|place| place.name == name) {
            place.path = path.into();
        }
    }

    /// Every one, in the order of the table.
    pub fn all(&self) -> impl Iterator<Item = &Place> {
        self.0.iter()
    }
}
