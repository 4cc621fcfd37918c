import Foundation
import OrderedStore
import TestSupport
import VectorCore

@testable import VectorIndexes

/// A folder for the files of one test, and how indexes in them are made.
final class PersistentFractalFixtures: @unchecked Sendable {
  let folder: TemporaryFolder
  private let lock = NSLock()
  private var files = 0

  init() throws { folder = try TemporaryFolder() }

  /// Where the first index is put.
  var file: String { folder.path + "/index.lmdb" }

  /// A path of its own for each index.
  private func nextFile() -> String {
    lock.withLock {
      files += 1
      return folder.path + "/\(files).lmdb"
    }
  }

  /// Indexes of small clusters in memory, or in files that nobody waits for the disk to write.
  func setup(
    _ metric: Metric = .euclidean, dimension: Int = 20, _ build: [String: String] = [:], refine: Int = 1000,
    trainingVectors: Int = 64, inFiles: Bool = false
  ) -> IndexSetup<PersistentFractalIndex> {
    var construct: (@Sendable (Parameters, UInt64) throws -> PersistentFractalIndex)?
    if inFiles {
      construct = { parameters, seed in
        let path = self.nextFile()
        let store = try LMDBStore.open(path, for: StoreApplication(name: "test", version: 1), durability: .noSync)
        return try PersistentFractalIndex(
          openOrMake: store, at: path, dimension: dimension, metric: metric, parameters: parameters, seed: seed)
      }
    }
    return IndexSetup(
      PersistentFractalIndex.self, metric: metric, dimension: dimension,
      build: smallTree.merging(build) { _, given in given },
      exhaustive: ["nprobe": "1000000", "refine": String(refine)],
      isExact: refine > 0 && build["refine_store", default: "f32"] == "f32", trainingVectors: trainingVectors,
      construct: construct)
  }
}

extension IndexSetup<PersistentFractalIndex> {
  /// Opens the index in a file with these build parameters.
  func open(_ path: String, _ changes: [String: String] = [:], seed: UInt64 = 7) throws -> PersistentFractalIndex {
    try .open(
      at: path, dimension: dimension, metric: metric,
      parameters: Parameters(
        build.merging(changes) { _, given in given }, declared: PersistentFractalIndex.declaration.build,
        kind: "fractal"), seed: seed)
  }
}

/// An index in a file that is closed and opened again.
final class OpenFractal {
  private let setup: IndexSetup<PersistentFractalIndex>
  private let path: String
  private var opened: PersistentFractalIndex?

  init(_ setup: IndexSetup<PersistentFractalIndex>, at path: String) throws {
    self.setup = setup
    self.path = path
    opened = try setup.open(path)
  }

  var index: PersistentFractalIndex { opened! }

  /// Closes the index, whatever its changes, and opens the file again.
  func reopen() throws {
    opened = nil
    opened = try setup.open(path)
  }
}
