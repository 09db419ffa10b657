//! The back-ends under test: the contract, a comparison of both, the file, and power cuts.

#[cfg(test)]
mod contract;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod model;
#[cfg(test)]
mod place;
#[cfg(test)]
mod sqlite;
