/// The place of a vector: its list, and its row in that list.
struct RowPlace: Equatable {
  var list: UInt32
  var offset: UInt32
}
