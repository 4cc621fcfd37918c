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

  /// A store of its own for each index, in a file that nobody waits for the disk to write.
  func makeStore() throws -> (store: LMDBStore, path: String) {
    let path = lock.withLock {
      files += 1
      return folder.path + "/\(files).lmdb"
    }
    return (try LMDBStore.open(path, for: StoreApplication(name: "test", version: 1), durability: .noSync), path)
  }

  /// Makes each index in a store of its own.
  func inFiles<Index: StoredIndex>(
    _ type: Index.Type, dimension: Int, metric: Metric
  ) -> @Sendable (Parameters, UInt64) throws -> Index {
    { parameters, seed in
      let (store, path) = try self.makeStore()
      return try Index(
        openOrMake: store, at: path, dimension: dimension, metric: metric, parameters: parameters, seed: seed)
    }
  }
}

extension StoredIndex {
  init(
    openOrMake store: any OrderedStore, at path: String, dimension: Int, metric: Metric, parameters: Parameters,
    seed: UInt64
  ) throws(IndexError) {
    try self.init(
      openOrMake: store, at: path, dimension: dimension, metric: metric, configuration: Configuration(parameters),
      seed: seed)
  }
}

extension IndexSetup where Index: PersistentIndex {
  func parameters(_ changes: [String: String] = [:]) throws -> Parameters {
    try Parameters(
      build.merging(changes) { _, given in given }, declared: Index.declaration.build, kind: Index.declaration.kind)
  }

  /// Opens the index in a file with these build parameters.
  func open(_ path: String, _ changes: [String: String] = [:], seed: UInt64 = 7) throws -> Index {
    try .open(at: path, dimension: dimension, metric: metric, parameters: parameters(changes), seed: seed)
  }
}

/// An index in a file that is closed and opened again.
final class OpenIndex<Index: PersistentIndex> {
  private let setup: IndexSetup<Index>
  private let path: String
  private var opened: Index?

  init(_ setup: IndexSetup<Index>, at path: String) throws {
    self.setup = setup
    self.path = path
    opened = try setup.open(path)
  }

  var index: Index { opened! }

  /// Closes the index, whatever its changes, and opens the file again.
  func reopen() throws {
    opened = nil
    opened = try setup.open(path)
  }
}
