import Foundation
import OrderedStore
import TestSupport
import VectorCore

@testable import VectorIndexes

/// A folder for the files of one test, and how indexes in them are made.
final class PersistentFixtures: @unchecked Sendable {
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

  /// Indexes in memory or in files that nobody waits for the disk to write.
  func setup(
    _ metric: Metric = .euclidean, nlist: Int = 8, dimension: Int = 20, _ build: [String: String] = [:],
    refine: Int = 1000, inFiles: Bool = false
  ) -> IndexSetup<PersistentIVFPQIndex> {
    var construct: (@Sendable (Parameters, UInt64) throws -> PersistentIVFPQIndex)?
    if inFiles {
      construct = { parameters, seed in
        let path = self.nextFile()
        let store = try LMDBStore.open(
          path, for: StoreApplication(name: "test", version: 1), durability: .noSync)
        return try PersistentIVFPQIndex(
          openOrMake: store, at: path, dimension: dimension, metric: metric, parameters: parameters, seed: seed)
      }
    }
    return IndexSetup(
      PersistentIVFPQIndex.self, metric: metric, dimension: dimension,
      build: ["nlist": String(nlist), "niter": "1"].merging(build) { _, given in given },
      exhaustive: ["nprobe": String(nlist), "refine": String(refine)],
      isExact: refine > 0 && build["refine_store", default: "f32"] == "f32",
      trainingVectors: build["nbits"] == "8" ? 300 : 200, construct: construct)
  }
}

extension IndexSetup<PersistentIVFPQIndex> {
  func parameters(_ changes: [String: String] = [:]) throws -> Parameters {
    try Parameters(
      build.merging(changes) { _, given in given }, declared: PersistentIVFPQIndex.declaration.build,
      kind: PersistentIVFPQIndex.declaration.kind)
  }

  /// Opens the index in a file with these build parameters.
  func open(_ path: String, _ changes: [String: String] = [:], seed: UInt64 = 7) throws -> PersistentIVFPQIndex {
    try .open(at: path, dimension: dimension, metric: metric, parameters: parameters(changes), seed: seed)
  }
}

/// An index in a file that is closed and opened again.
final class OpenIndex {
  private let setup: IndexSetup<PersistentIVFPQIndex>
  private let path: String
  private var opened: PersistentIVFPQIndex?

  init(_ setup: IndexSetup<PersistentIVFPQIndex>, at path: String) throws {
    self.setup = setup
    self.path = path
    opened = try setup.open(path)
  }

  var index: PersistentIVFPQIndex { opened! }

  /// Closes the index, whatever its changes, and opens the file again.
  func reopen() throws {
    opened = nil
    opened = try setup.open(path)
  }
}
