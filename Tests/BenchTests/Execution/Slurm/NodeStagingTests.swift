import Datasets
import Foundation
import TestSupport
import Testing
import VectorCore

@testable import Bench

@Suite struct NodeStagingTests {
  private let temporary: TemporaryFolder
  private let staging: NodeStaging

  init() throws {
    temporary = try TemporaryFolder()
    staging = NodeStaging(folder: "\(temporary.path)/scratch")
    let vectors = Matrix((0..<20).map { [Float($0), 1] })
    try Dataset(
      name: "small", path: "", metric: .euclidean, train: vectors, test: vectors[rows: 0..<3], groundTruth: .none
    ).write(to: "\(temporary.path)/small.hdf5")
  }

  private func dataset(_ path: String) throws -> SweepDataset {
    SweepDataset(
      argument: path, path: path, sha256: try Dataset.digest(path: path),
      shape: DatasetShape(name: "small", metric: .euclidean, trainSize: 20, dimension: 2, queries: 3))
  }

  @Test func aDatasetIsCopiedOnceAndVerified() throws {
    let dataset = try dataset("\(temporary.path)/small.hdf5")
    let copy = staging.staged(dataset)
    #expect(copy.path == "\(staging.folder)/\(dataset.sha256)/small.hdf5" && copy.sha256 == dataset.sha256)
    #expect(try copy.loadVectors().train.rows == 20)
    let stamp = FileStamp(ofFile: copy.path)
    #expect(staging.staged(dataset).path == copy.path && FileStamp(ofFile: copy.path) == stamp)
    // A copy that somebody has changed is made again.
    #expect(truncate(copy.path, 100) == 0)
    #expect(SHA256.ofFile(staging.staged(dataset).path) == dataset.sha256)
  }

  @Test func theFilesThatADatasetNamesAreCopied() throws {
    let path = "\(temporary.path)/parts.yml"
    try DatasetConversion(from: "\(temporary.path)/small.hdf5", to: path).run()
    let dataset = try dataset(path)
    let copy = staging.staged(dataset)
    #expect(copy.path.hasPrefix(staging.folder) && copy.path.hasSuffix("/parts.yml"))
    #expect(try Dataset.digest(path: copy.path) == dataset.sha256)
    let text = try String(contentsOfFile: copy.path, encoding: .utf8)
    #expect(text.contains("train: '\(staging.folder)/\(dataset.sha256)/train-"))
  }

  @Test func whatCannotBeCopiedIsReadWhereItIs() throws {
    let dataset = try dataset("\(temporary.path)/small.hdf5")
    let nowhere = NodeStaging(folder: "/proc/nowhere")
    #expect(nowhere.staged(dataset).path == dataset.path)
    // Contents of another digest are not taken for the dataset.
    let other = SweepDataset(
      argument: dataset.argument, path: dataset.path, sha256: String(repeating: "0", count: 64), shape: dataset.shape)
    #expect(staging.staged(other).path == dataset.path)
    #expect(!FileManager.default.fileExists(atPath: "\(staging.folder)/\(other.sha256)"))
  }

  @Test func aFileIsCopiedByItsDigest() throws {
    let path = "\(temporary.path)/small.hdf5"
    let digest = try #require(SHA256.ofFile(path))
    #expect(staging.staged(file: path, sha256: digest) == "\(staging.folder)/\(digest)")
    #expect(SHA256.ofFile("\(staging.folder)/\(digest)") == digest)
  }
}
