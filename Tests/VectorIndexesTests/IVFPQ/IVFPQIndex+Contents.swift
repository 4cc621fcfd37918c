import VectorCore

@testable import VectorIndexes

extension IVFPQIndex {
  /// What an index in memory has learnt and stores.
  func requireTrained() throws -> MemoryPostings.Trained {
    _ = try requireModel()
    return (storage as! MemoryPostings).trained!
  }
}

extension MemoryPostings.Trained {
  /// The vectors that the codes at these places stand for, n × d.
  func decodedVectors(at places: [RowPlace]) -> Matrix {
    var codes: [UInt8] = []
    var code = [UInt8](repeating: 0, count: model.coder.quantizer.bytesPerCode)
    for place in places {
      store.readProductCode(at: place, into: &code)
      codes += code
    }
    return model.coder.decode(
      ProductCodes(bytes: codes, corrections: places.map(store.correction)), lists: places.map(\.list), threads: 1)
  }
}

extension PersistentIVFPQIndex {
  func checkInvariants() throws(IndexError) -> [String] { try file.checkInvariants() }

  func currentLists() throws(IndexError) -> StoredLists { try file.currentLists() }
}
