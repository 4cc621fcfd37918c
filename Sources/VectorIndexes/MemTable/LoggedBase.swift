/// What a log says of the base whose rows it goes on with: opened over another one, it would leave out rows unseen.
struct LoggedBase: Equatable {
  let dimension: Int
  /// Of a base in a file the number that this was given when it was made. One in memory is made again by each process;
  /// of it metric and seed stay.
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
