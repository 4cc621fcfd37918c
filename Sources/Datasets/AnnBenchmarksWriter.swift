import Foundation
import HDF5
import VectorCore

extension Dataset {
  /// Writes the dataset as a file in the layout of ann-benchmarks, beside its place and then renamed into it.
  ///
  /// `train` and `test` are float32, or booleans (`point_type` "bit") where a hamming dataset holds only 0 and 1;
  /// `neighbors` are int32, −1 where there is none; `distances` float32. Source: `write_output` in
  /// `ann_benchmarks/datasets.py`, https://github.com/erikbern/ann-benchmarks.
  ///
  /// - Throws: `DatasetError.cannotWrite`, `.file`; an older file is then as it was.
  /// - Complexity: O((n + q)·d + q·depth).
  public func write(to target: String) throws(DatasetError) {
    precondition(train.rows <= Int(Int32.max), "row numbers are written as int32")
    let beside = "\(target).\(getpid()).partial"
    do throws(HDF5Error) {
      try writeParts(to: beside)
    } catch {
      unlink(beside)
      throw .file(error)
    }
    guard rename(beside, target) == 0 else {
      let reason = String(cString: strerror(errno))
      unlink(beside)
      throw .cannotWrite(path: target, reason: reason)
    }
  }

  private func writeParts(to path: String) throws(HDF5Error) {
    let file = try HDF5File.create(path)
    let areBits = metric == .hamming && train.isBinary && test.isBinary
    for (name, vectors) in [("train", train), ("test", test)] {
      if areBits {
        try file.write(vectors.bits, shape: [vectors.rows, vectors.columns], to: name, storedAs: .bool)
      } else {
        try file.write(vectors, to: name)
      }
    }
    let truth = groundTruth
    let shape = [test.rows, truth.depth]
    try file.write(truth.neighbors.map { Int32($0) }, shape: shape, to: "neighbors")
    try file.write(truth.distances, shape: shape, to: "distances")
    try file.setAttribute("type", .string("dense"))
    try file.setAttribute("distance", .string(metric.rawValue))
    try file.setAttribute("dimension", .integer(Int64(train.columns)))
    try file.setAttribute("point_type", .string(areBits ? "bit" : "float"))
    try file.close()
  }
}

extension Matrix {
  private var floats: UnsafeBufferPointer<Float> { UnsafeBufferPointer(start: baseAddress, count: rows * columns) }

  /// Whether every component is 0 or 1.
  fileprivate var isBinary: Bool { floats.allSatisfy { $0 == 0 || $0 == 1 } }

  /// The components as whole numbers, row-major.
  fileprivate var bits: [Int8] { floats.map { $0 == 0 ? 0 : 1 } }
}
