//! Planted defects that the replay must catch.
