extension Matrix {
  /// The mean of all rows, summed in Float64; d floats. - Complexity: O(n·d).
  public var mean: [Float] {
    var sums = [Double](repeating: 0, count: columns)
    for row in 0..<rows {
      let address = baseAddress + row * columns
      for column in 0..<columns { sums[column] += Double(address[column]) }
    }
    return sums.map { Float($0 / Double(max(rows, 1))) }
  }

  /// Each row minus its own centre, n × d. - Complexity: O(n·d).
  public func residuals(from center: (_ row: Int) -> UnsafePointer<Float>) -> Matrix {
    Matrix(rows: rows, columns: columns) { floats in
      for row in 0..<rows {
        let vector = baseAddress + row * columns
        let center = center(row)
        for column in 0..<columns { floats[row * columns + column] = vector[column] - center[column] }
      }
    }
  }

  /// Each row minus one point, d floats. - Complexity: O(n·d).
  func relative(to origin: [Float]) -> Matrix {
    origin.withUnsafeBufferPointer { origin in residuals { _ in origin.baseAddress! } }
  }

  /// A point among the rows, if these are at least eight times as far from zero as from each other; otherwise `nil`.
  ///
  /// Distances between such rows cannot be computed accurately from inner products in Float32; an example is places in
  /// a town by latitude and longitude in degrees. Relative to this point they can.
  ///
  /// - Complexity: O(d), because about 256 rows are read.
  var remoteOrigin: [Float]? {
    let some = gathering(Array(stride(from: 0, to: rows, by: max(1, rows / 256))))
    let mean = some.mean
    let center = Matrix([mean])
    var (length, spread) = (0.0, 0.0)
    for row in 0..<some.rows {
      for column in 0..<columns {
        let component = Double(center.baseAddress[column])
        let difference = Double(some.baseAddress[row * columns + column]) - component
        length += component * component
        spread += difference * difference
      }
    }
    return spread > 0 && length > 64 * spread ? mean : nil
  }
}
