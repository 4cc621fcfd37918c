/// Where a vector is: its list, and its row there.
struct RowPlace: Equatable {
  var list: UInt32
  var offset: UInt32
}
