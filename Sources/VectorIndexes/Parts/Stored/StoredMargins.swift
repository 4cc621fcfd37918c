import OrderedStore
import VectorCore

/// Reads and writes `ProbeMargins`: the number of vectors in the table `meta`, the quantiles under a key of another one.
enum StoredMargins {
  private static let sampleName = "margin_sample"

  /// Writes margins, replacing the stored ones.
  static func write(
    _ margins: ProbeMargins, _ key: [UInt8], in table: String, to transaction: any StoreTransaction
  ) throws(StoreError) {
    if margins.sampled > 0 {
      try transaction.put(Matrix([margins.quantiles]), for: key, in: table)
    } else {
      try transaction.remove(key, from: table)
    }
    try StoredMeta.put(margins.sampled, sampleName, in: transaction)
  }

  /// The stored margins; `unmeasured` for a file of version 0.1, which has none.
  static func read(
    _ reader: any StoreReader, _ key: [UInt8], in table: String, _ place: StorePlace
  ) throws(StoreError) -> ProbeMargins {
    let meta = StoredMeta(reader, place: place)
    guard try meta.text(sampleName) != nil else { return .unmeasured }
    let sampled = try meta.count(sampleName)
    guard sampled > 0 else { return .unmeasured }
    return ProbeMargins(
      sampled: sampled, quantiles: try reader.matrix(1, ProbeMargins.count, key, in: table, place).floats)
  }
}
