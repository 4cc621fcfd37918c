import VectorCore

/// The encoding of outliers, whose residuals are far from all codewords.
///
/// The residual of an outlier is scaled to the size of ordinary residuals and then encoded. The correction of its code,
/// which holds the terms of the estimate for ordinary vectors, holds the best scale for the decoded residual. If
/// vectors are stored beside the codes, neither is read, because every search computes the exact distances of outliers.
extension ProductCoder {
  /// Whether the vector of a row is an outlier, according to its label.
  func isOutlier(_ labels: [Int32], _ row: Int) -> Bool {
    guard let outlierList, !labels.isEmpty else { return false }
    return Int(labels[row]) == outlierList
  }

  /// The residuals, with those of outliers, `rows`, scaled for encoding.
  func scaling(_ rows: [Int], in residuals: Matrix, of vectors: Matrix) -> Matrix {
    Matrix(rows: residuals.rows, columns: residuals.columns) { floats in
      guard let base = floats.baseAddress else { return }
      base.initialize(from: residuals.baseAddress, count: floats.count)
      for row in rows {
        let (difference, largest) = outlierResidual(of: vectors[row: row])
        let share = codewordReach / largest
        for (component, value) in difference.enumerated() {
          base[row * residuals.columns + component] = Float(value * share)
        }
      }
    }
  }

  /// The scale of an outlier's code: the factor for which the scaled decoded vector is nearest to the residual.
  func scale(of vector: Span<Float>, coded: Span<Float>, code: UnsafePointer<UInt8>) -> Float {
    let unscaled = outlierResidual(of: vector).largest / codewordReach
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: coded.count) { decoded in
      guard let base = decoded.baseAddress else { return 1 }
      quantizer.decode(code, into: base)
      var (product, square) = (0.0, 0.0)
      for component in coded.indices {
        product += Double(base[component]) * Double(coded[component])
        square += Double(base[component]) * Double(base[component])
      }
      let scale = product > 0 && square > 0 ? unscaled * product / square : unscaled
      return Float(min(scale, Double(Float.greatestFiniteMagnitude)))
    }
  }

  /// The residual of an outlier from its centre, and its largest component, in Float64, which cannot overflow here.
  private func outlierResidual(of vector: Span<Float>) -> (difference: [Double], largest: Double) {
    let center = centers[row: center(ofList: outlierList ?? 0)]
    let difference = vector.indices.map { Double(vector[$0]) - Double(center[$0]) }
    return (difference, difference.reduce(.leastNormalMagnitude) { max($0, abs($1)) })
  }

  /// Twice the root mean square of the codewords' components, the largest size that a component may have when encoded.
  private var codewordReach: Double {
    let count = quantizer.codebooks.rows * quantizer.codebooks.columns
    var sum = 0.0
    for index in 0..<count {
      let component = Double(quantizer.codebooks.baseAddress[index])
      sum += component * component
    }
    return sum > 0 ? 2 * (sum / Double(count)).squareRoot() : 1
  }
}

extension ProductCorrection {
  /// Makes the correction of an outlier, which holds the bits of its scale.
  init(scale: Float) {
    let bits = scale.bitPattern
    self.init(offset: UInt16(bits >> 16), factor: UInt16(truncatingIfNeeded: bits))
  }

  var scale: Float { Float(bitPattern: UInt32(offset) << 16 | UInt32(factor)) }
}
