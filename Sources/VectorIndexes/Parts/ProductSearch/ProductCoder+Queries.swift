import CKernels
import VectorCore

extension ProductCoder {
  /// Whether estimates need separate tables for each list.
  var hasEstimateTablesPerList: Bool { hasTablesPerList && metric == .manhattan }

  /// Prepares the estimates of a query's distances: writes the rounded tables; under `manhattan` those of one list.
  ///
  /// - Parameters:
  ///   - query: prepared, d floats.
  ///   - turned: the query after the rotation.
  ///   - list: the list whose tables to write, if each list has its own.
  func makeEstimator(
    _ query: UnsafePointer<Float>, turned: UnsafePointer<Float>, list: Int, scratch: ProductScratch
  ) -> Estimator {
    var estimator = Estimator(metric)
    estimator.leastOffset = offsets.least
    switch estimator.geometry {
    case .l2:
      subtract(turnedMean.baseAddress, from: turned, into: scratch.residual)
      writeTables(of: scratch.residual, rbk_pq_negative_dot, into: scratch.tables)
    case .dot: writeTables(of: turned, rbk_pq_negative_dot, into: scratch.tables)
    case .l1: writeTables(for: turned, list: list, room: scratch.residual, into: scratch.tables)
    }
    var bounds = rbk_pq_bounds()
    Kernels.active.pq.pointee.quantize(
      scratch.tables, quantizer.m, quantizer.ksub, scratch.roundedTables, scratch.least, &bounds)
    // Table entries are rounded down, on average by half a step.
    let middle = bounds.bias + 0.5 * bounds.scale * Float(quantizer.m)
    estimator.terms = rbk_pq_estimate(base: 0, sum_base: middle, sum_step: bounds.scale, limit: .infinity)
    if !hasCenterPerList {
      estimator.sharedBase =
        switch estimator.geometry {
        case .l2: offsets.least + squaredDistance(turned, turnedMean.baseAddress)
        case .dot: offsets.least - product(query, centers.baseAddress)
        case .l1: 0
        }
    }
    return estimator
  }

  private func squaredDistance(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>) -> Float {
    var distance: Float = 0
    Kernels.active.l2_f32(a, b, 1, quantizer.dimension, &distance)
    return distance
  }
}
