import Datasets
import Foundation

/// Where computed true neighbours are kept: in the folder of a sweep and, for other runs, in a cache.
///
/// A file has the same path below both folders; its name contains a digest of everything that the true neighbours
/// depend on. Results depend on the sweep's folder alone, so what comes from the cache is copied there.
struct TruthFiles: Sendable {
  /// The sweep's folder.
  let folder: String
  /// The folder of the cache; `nil` for none.
  let cache: String?
  /// Whether anything is written to the folders.
  var isWritten = true

  /// The same vectors and queries with the true neighbours of a file, which are computed when neither folder has it.
  ///
  /// - Parameters:
  ///   - file: the path below the folders.
  ///   - depth: the number of neighbours of each query.
  /// - Throws: `BenchError`, also for a file in the sweep's folder that cannot be read or written.
  func judged(
    _ unjudged: Dataset, byFile file: String, depth: Int, computing compute: () throws(BenchError) -> GroundTruth
  ) throws(BenchError) -> Dataset {
    do throws(DatasetError) {
      if let judged = try unjudged.judged(byFile: "\(folder)/\(file)") { return judged }
    } catch { throw .dataset(name: unjudged.name, error) }
    let known = cached(file, trainRows: unjudged.train.rows, queries: unjudged.test.rows, depth: depth)
    let truth = if let known { known } else { try compute() }
    do throws(DatasetError) {
      if isWritten {
        try truth.write(to: "\(folder)/\(file)")
        if known == nil { keep(truth, file) }
      }
      return try unjudged.judged(by: truth.neighbors, depth: truth.depth)
    } catch { throw .dataset(name: unjudged.name, error) }
  }

  /// The true neighbours that the cache has; `nil` when it has none, or others than were written.
  func cached(_ file: String, trainRows: Int, queries: Int, depth: Int) -> GroundTruth? {
    guard let path = cache.map({ "\($0)/\(file)" }), let digest = SHA256.ofFile(path),
      SHA256.ofFile(Self.digestFile(of: path)) == SHA256.of(digest),
      let truth = try? GroundTruth.read(path, trainRows: trainRows), truth.depth == depth,
      truth.neighbors.count == queries * depth
    else { return nil }
    return truth
  }

  /// Adds true neighbours to the cache. A cache that cannot be written to costs the next run its time, and this one
  /// nothing.
  func keep(_ truth: GroundTruth, _ file: String) {
    guard let path = cache.map({ "\($0)/\(file)" }) else { return }
    try? FileManager.default.createDirectory(
      at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
    // Whatever is there, such as a pipe, is replaced and not written into.
    unlink(path)
    try? truth.write(to: path)
    try? SHA256.ofFile(path)?.write(toFile: Self.digestFile(of: path), atomically: true, encoding: .utf8)
  }

  private static func digestFile(of path: String) -> String { "\(path).sha256" }
}
