/// Identifies the base of a log; a log opened over another base would silently skip rows.
struct LoggedBase: Equatable {
  let dimension: Int
  /// For a base in a file, the number that the file got when it was made. A base in memory is made again by each
  /// process; its identity is computed from what stays the same: metric and seed.
  let identity: UInt64

  init(dimension: Int, identity: UInt64) {
    self.dimension = dimension
    self.identity = identity
  }

  init(_ index: IVFPQIndex) {
    dimension = index.dimension
    if index.storage.isDurable, let number = index.storage.identity {
      identity = number
    } else {
      var crc = CRC32C()
      Array("\(index.metric.rawValue) \(index.seed)".utf8).withUnsafeBytes { crc.update($0) }
      identity = UInt64(crc.value)
    }
  }
}
