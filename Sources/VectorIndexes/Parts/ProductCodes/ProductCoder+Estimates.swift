import CKernels
import VectorCore

/// A range of numbers rounded to 16 bits: number n stands for `least + step·n`.
struct RoundedRange {
  let least: Float
  let step: Float

  init(_ range: ClosedRange<Float>) {
    least = range.lowerBound
    step = (range.upperBound - range.lowerBound) / Float(UInt16.max)
  }

  init(least: Float, step: Float) {
    self.least = least
    self.step = step
  }

  /// Makes a range twice as wide as that of these numbers, if that is finite. Numbers outside are rounded to its ends.
  init(holding numbers: [Float]) {
    let most = Float.greatestFiniteMagnitude / 4
    let finite = numbers.lazy.filter { !$0.isNaN }.map { max(-most, min(most, $0)) }
    guard let least = finite.min(), let greatest = finite.max() else {
      self.init(0...0)
      return
    }
    let margin = (greatest - least) / 2
    self.init(least - margin...greatest + margin)
  }

  func round(_ number: Float) -> UInt16 {
    let rounded = ((number - least) / step).rounded()
    return rounded > 0 ? UInt16(min(rounded, Float(UInt16.max))) : 0
  }
}

/// Estimates the distance of a query from a vector more accurately than by the distance from the decoded vector.
///
/// Let x = c + r be a vector that decodes to c + r̂. When x is encoded, it is known how much of r lies along r̂. The
/// estimate assumes that the same share relates ⟨q − c, r̂⟩ to ⟨q − c, r⟩, which gives
///
///     ‖q − x‖² ≈ ‖q − c‖² + ‖r‖² − 2s·⟨q − c, r̂⟩,   s = ‖r‖² / ⟨r̂, r⟩
///
/// For coarse codes this is far better: codes with a third of the bytes give an equally good shortlist. Everything that
/// depends on the vector alone is stored with its code as two numbers, and one table serves all lists.
///
/// Source: the estimator of Gao and Long, "RaBitQ", SIGMOD 2024, doi:10.1145/3654970, which uses codes of signs.
struct Estimator {
  /// The estimated quantity.
  ///
  /// It is squared L2, also under `angular`, where all vectors have unit length; the negative inner product; or under
  /// `manhattan` the distance to the decoded vector.
  enum Geometry { case l2, dot, l1 }

  /// The range of the factors s. A code that explains less than a quarter of its vector gets no larger factor.
  static let factors = RoundedRange(0...4)

  /// The estimate is the sum of table entries itself.
  static let noCorrections = rbk_pq_corrections(offset_step: 0, factor_base: 1, factor_step: 0)

  let geometry: Geometry
  private let isAngular: Bool
  /// The terms that all lists share; `base` is set for each list.
  var terms = rbk_pq_estimate()
  /// The base of all lists, if they share a centre.
  var sharedBase: Float?
  /// The least offset of a correction.
  var leastOffset: Float = 0

  init(_ metric: Metric) {
    isAngular = metric == .angular
    geometry =
      switch metric {
      case .euclidean, .angular: .l2
      case .dot: .dot
      case .manhattan: .l1
      case .hamming: preconditionFailure("hamming is refused")
      }
  }

  /// The terms of the estimates in one list.
  ///
  /// - Parameter distance: the distance of the query from the list's centroid, as reported to users.
  func terms(distance: Float) -> rbk_pq_estimate {
    var terms = terms
    if let sharedBase {
      terms.base = sharedBase
      return terms
    }
    switch geometry {
    // Under `angular` query and centroid have unit length, so ‖q − c‖² = 2·(1 − ⟨q, c⟩).
    case .l2: terms.base = leastOffset + (isAngular ? 2 * distance : distance * distance)
    case .dot: terms.base = leastOffset + distance
    case .l1: terms.base = 0
    }
    return terms
  }
}

extension ProductCoder {
  /// What the rounded corrections of this coder's vectors stand for in estimates.
  var roundedCorrections: rbk_pq_corrections {
    let geometry = Estimator(metric).geometry
    guard geometry != .l1 else { return Estimator.noCorrections }
    let unit: Float = geometry == .l2 ? 2 : 1
    return rbk_pq_corrections(
      offset_step: offsets.step, factor_base: unit * Estimator.factors.least,
      factor_step: unit * Estimator.factors.step)
  }

  /// The corrections of encoded vectors, n × d, after the rotation.
  func corrections(
    of coded: Matrix, codes: UnsafePointer<UInt8>, labels: ArraySlice<Int32>
  ) -> [(offset: Float, factor: Float)] {
    let geometry = Estimator(metric).geometry
    let dimension = coded.columns
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * dimension) { room in
      guard let decoded = room.baseAddress, geometry != .l1 else {
        return Array(repeating: (0, 1), count: coded.rows)
      }
      let centered = decoded + dimension
      return (0..<coded.rows).map { row in
        let residual = coded.baseAddress + row * dimension
        quantizer.decode(codes + row * quantizer.bytesPerCode, into: decoded)
        let (whole, explained) = (product(residual, residual), product(decoded, residual))
        let factor = explained > 0 ? min(whole / explained, 4) : 1
        guard geometry == .l2 else { return (0, factor) }
        let list = labels.isEmpty ? 0 : Int(labels[labels.startIndex + row])
        let turnedCenter = turnedCenters.baseAddress + center(ofList: list) * dimension
        subtract(turnedMean.baseAddress, from: turnedCenter, into: centered)
        var offset = whole + 2 * factor * product(centered, decoded)
        // Under `angular` a zero vector has distance 1 to everything, but the formula would give ‖q‖² / 2.
        if metric == .angular, isZero(residual, about: turnedCenter) { offset += 1 }
        return (offset, factor)
      }
    }
  }

  /// Whether the vector with this residual from the centre is zero up to rounding.
  private func isZero(_ residual: UnsafePointer<Float>, about center: UnsafePointer<Float>) -> Bool {
    product(residual, residual) + 2 * product(residual, center) + product(center, center) < 0.5
  }

  /// Fits the rounding of offsets to a sample of the training vectors, and measures the coding error of the sample.
  mutating func fit(to sample: Matrix, labels: [Int32]) {
    let most = 4096
    let rows = Array(stride(from: 0, to: sample.rows, by: max(1, sample.rows / most)))
    let some = sample.gathering(rows)
    let labels = labels.isEmpty ? [] : rows.map { labels[$0] }
    let residuals = Self.residuals(of: some, labels: labels[...], from: centers)
    let coded = rotation?.apply(residuals, threads: 1) ?? residuals
    var codes = [UInt8](repeating: 0, count: rows.count * quantizer.bytesPerCode)
    encode(coded, of: some, into: &codes)
    offsets = RoundedRange(holding: corrections(of: coded, codes: codes, labels: labels[...]).map(\.offset))
    reconstructionError = quantizer.meanSquaredError(of: coded, codes: codes, threads: 1)
  }
}
