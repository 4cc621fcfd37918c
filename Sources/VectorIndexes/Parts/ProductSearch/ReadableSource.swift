import VectorCore

/// Lists of product codes whose rows can be read one by one.
protocol ReadableSource: BlockSource {
  /// The places of all rows in order of insertion. - Complexity: O(n log n).
  func placesBySequence() -> [RowPlace]
  /// Writes the row-major code at a place to `code`. - Complexity: O(m).
  func readProductCode(at place: RowPlace, into code: UnsafeMutablePointer<UInt8>)
  /// The correction of the code at a place.
  func correction(at place: RowPlace) -> ProductCorrection
}

extension ReadableSource {
  /// The vectors at these places, n × d: as they are stored, or decoded from their codes.
  ///
  /// - Complexity: O(n·d); for codes as `ProductCoder.encode`.
  func vectors(at places: [RowPlace], codedBy coder: ProductCoder, threads: Int) -> Matrix {
    guard format.encoding == .absent else {
      return Matrix(rows: places.count, columns: format.dimension) { floats in
        guard var target = floats.baseAddress else { return }
        for place in places {
          format.read(row(at: place), into: target)
          target += format.dimension
        }
      }
    }
    let bytes = coder.quantizer.bytesPerCode
    let codes = [UInt8](unsafeUninitializedCapacity: places.count * bytes) { codes, count in
      count = places.count * bytes
      guard let base = codes.baseAddress else { return }
      for (number, place) in places.enumerated() { readProductCode(at: place, into: base + number * bytes) }
    }
    return coder.decode(
      ProductCodes(bytes: codes, corrections: places.map(correction)), lists: places.map(\.list), threads: threads)
  }
}

extension VectorStore: ReadableSource {
  func readProductCode(at place: RowPlace, into code: UnsafeMutablePointer<UInt8>) {
    lists[Int(place.list)].readProductCode(Int(place.offset), into: code)
  }

  func correction(at place: RowPlace) -> ProductCorrection {
    lists[Int(place.list)].correction(of: Int(place.offset))
  }
}
