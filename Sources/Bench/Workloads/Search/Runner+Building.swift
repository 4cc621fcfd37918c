import Datasets
import Foundation
import VectorCore
import VectorIndexes

extension Runner {
  private static let firstQueryNeighbors = 10

  /// Creates, trains and fills an index; an index in a file is then closed, and opened for reading.
  ///
  /// The harness does not train an index that trains itself while it is filled.
  ///
  /// - Parameters:
  ///   - parameters: the build parameters.
  ///   - options: the options, of which the seed and the number of build threads are used.
  ///   - identity: the identity by which a build is kept and found again; it is not needed for other builds.
  /// - Throws: `BenchError.index` when the index refuses, `.notMutable` when nothing can be inserted into it; when
  ///   builds are kept or opened, `.notInFile`, `.notKept` and `.noKeptIndex`.
  public func build(
    _ subject: Subject, _ parameters: Parameters, options: RunOptions, as identity: Identity? = nil
  ) throws(BenchError) -> BuiltIndex {
    precondition(options.buildThreads > 0)
    if let type = subject.type, !(type is any MutableVectorIndex.Type) { throw .notMutable(kind: subject.kind) }
    let label = Cell.label(kind: subject.kind, parameters.entries)
    let stored = subject.persistentType(for: parameters)
    // A plug-in's index lives in memory unless it is to be kept.
    if case .temporary = files, stored == nil { return try buildInMemory(subject, parameters, options, label: label) }
    guard subject.canBeKept(parameters) else { throw .notInFile(label: label) }
    let (folder, cost) = try made(subject, stored, parameters, options, identity, label: label)
    return try open(folder, cost, label: label) { (path) throws(IndexError) in
      if let stored { return try stored.open(readOnly: path) }
      return try subject.open(
        savedAt: path, dimension: dataset.train.columns, metric: dataset.metric, rows: dataset.train.rows)
    }
  }

  /// Builds an index in the file of a folder, or finds the folder of a kept one.
  private func made(
    _ subject: Subject, _ stored: (any PersistentIndex.Type)?, _ parameters: Parameters, _ options: RunOptions,
    _ identity: Identity?, label: String
  ) throws(BenchError) -> (folder: IndexFolder, cost: CellMeasurement.BuildCost) {
    switch files {
    case .temporary(let parent):
      let folder = IndexFolder(temporaryIn: parent)
      return (folder, try fill(folder, subject, stored, parameters, options, label: label))
    case .keep(let parent):
      guard let identity else { preconditionFailure("a build that is kept needs an identity") }
      let folder = IndexFolder(temporaryIn: parent)
      let built = KeptIndex(
        dataset: dataset.name, datasetSHA256: identity.datasetSHA256, metric: dataset.metric,
        rows: dataset.train.rows, kind: subject.kind, code: subject.identityLine, parameters: parameters,
        seed: options.seed, cost: try fill(folder, subject, stored, parameters, options, label: label),
        provenance: identity.provenance, finished: Date())
      return (try built.keep(folder, at: "\(parent)/\(built.name)", label: label), built.cost)
    case .open(let parent):
      guard let identity else { preconditionFailure("a build that was kept is found by its identity") }
      let name = KeptIndex.name(
        kind: subject.kind, code: subject.identityLine, parameters: parameters, seed: options.seed,
        datasetSHA256: identity.datasetSHA256, metric: dataset.metric, rows: dataset.train.rows)
      let folder = IndexFolder(path: "\(parent)/\(name)")
      IndexFolder.restore(place: folder.path)
      let kept = try KeptIndex.read(folder.path, label: label)
      var cost = kept.cost
      cost.builtBefore = kept.provenance
      return (folder, cost)
    }
  }

  private func buildInMemory(
    _ subject: Subject, _ parameters: Parameters, _ options: RunOptions, label: String
  ) throws(BenchError) -> BuiltIndex {
    let (index, cost) = try measured(parameters, options, label: label) { () throws(IndexError) in
      try subject.make(
        dimension: dataset.train.columns, metric: dataset.metric, parameters: parameters, seed: options.seed,
        threads: options.buildThreads)
    }
    return BuiltIndex(index: index, cost: cost, folder: nil)
  }

  /// Builds an index in the file of a folder, or in memory and saves it there, and closes it.
  private func fill(
    _ folder: IndexFolder, _ subject: Subject, _ stored: (any PersistentIndex.Type)?, _ parameters: Parameters,
    _ options: RunOptions, label: String
  ) throws(BenchError) -> CellMeasurement.BuildCost {
    if let stored {
      return try measured(parameters, options, label: label) { () throws(IndexError) in
        try stored.open(
          at: folder.file, dimension: dataset.train.columns, metric: dataset.metric, parameters: parameters,
          seed: options.seed)
      }.cost
    }
    let built = try buildInMemory(subject, parameters, options, label: label)
    guard let index = built.index as? any SavableIndex else { throw .notInFile(label: label) }
    do throws(IndexError) {
      let start = monotonicNanoseconds()
      try index.save(to: folder.file)
      let end = monotonicNanoseconds()
      var cost = built.cost
      cost.file = CellMeasurement.FileCost(
        bytes: FileStamp(ofFile: folder.file).map { Int($0.size) } ?? 0, commitSeconds: Double(end - start) / 1e9)
      return cost
    } catch {
      throw .index(label: label, error)
    }
  }

  /// Creates and fills an index, and commits it when it lives in a file.
  private func measured(
    _ parameters: Parameters, _ options: RunOptions, label: String, make: () throws(IndexError) -> any VectorIndex
  ) throws(BenchError) -> (index: any VectorIndex, cost: CellMeasurement.BuildCost) {
    let ids = Array(0..<UInt64(dataset.train.rows))
    let residentBefore = ProcessMemory.residentBytes()
    do throws(IndexError) {
      let start = monotonicNanoseconds()
      let index = try make()
      let other = index as? any SelfTimingIndex
      let otherBefore = other?.processIdentifier.flatMap { ProcessMemory.privateBytes(of: $0) }
      if let index = index as? any TrainableIndex, !(index is any SelfTrainingIndex) {
        try index.train(dataset.train, threads: options.buildThreads)
      }
      let trained = monotonicNanoseconds()
      if let index = index as? any MutableVectorIndex {
        try index.insertBatch(
          ids: ids, vectors: dataset.train, metadata: index is any SelfTimingIndex ? [] : metadata, onConflict: .fail,
          threads: options.buildThreads)
      }
      let filled = monotonicNanoseconds()
      let persistent = index as? any PersistentIndex
      try persistent?.commit()
      let end = monotonicNanoseconds()
      let residentAfter = ProcessMemory.residentBytes()
      let statistics = index.statistics
      var cost = CellMeasurement.BuildCost(
        trainSeconds: Double(trained - start) / 1e9, insertSeconds: Double(end - trained) / 1e9,
        indexBytes: statistics.memoryBytes + statistics.diskBytes,
        residentBytes: residentBefore.flatMap { before in residentAfter.map { $0 - before } })
      if let other {
        // The work of the other process counts; sending the vectors to it does not.
        cost.trainSeconds = 0
        cost.insertSeconds = other.buildSeconds ?? 0
        let after = other.processIdentifier.flatMap { ProcessMemory.privateBytes(of: $0) }
        cost.residentBytes = otherBefore.flatMap { before in after.map { $0 - before } }
      }
      if case .integer(let asked)? = parameters.entries.first(where: { $0.name == "nlist" })?.value,
        let lists = statistics.figures["nlist"], Int(lists) != asked
      {
        cost.trainedLists = Int(lists)
      }
      if persistent != nil {
        cost.file = CellMeasurement.FileCost(
          bytes: statistics.diskBytes, commitSeconds: Double(end - filled) / 1e9)
      }
      return (index, cost)
    } catch {
      throw .index(label: label, error)
    }
  }

  /// Opens an index for reading, as a process does that finds its file on disk, and runs the first query.
  private func open(
    _ folder: IndexFolder, _ built: CellMeasurement.BuildCost, label: String,
    _ opening: (_ path: String) throws(IndexError) -> any VectorIndex
  ) throws(BenchError) -> BuiltIndex {
    var cost = built
    let isCold = PageCache.drop(folder.file)
    do throws(IndexError) {
      let start = monotonicNanoseconds()
      let index = try opening(folder.file)
      let opened = monotonicNanoseconds()
      if dataset.test.rows > 0 {
        let parameters = SearchParameters(
          try Parameters(declared: index.declaration.search, kind: index.declaration.kind))
        try index.prepare(parameters)
        var answer = TopK(k: Self.firstQueryNeighbors)
        try index.search(
          dataset.test[row: 0], k: Self.firstQueryNeighbors, parameters: parameters, filter: nil,
          scratch: index.makeScratch(), into: &answer)
      }
      let answered = monotonicNanoseconds()
      cost.file?.isCold = isCold
      cost.file?.openSeconds = Double(opened - start) / 1e9
      cost.file?.firstQuerySeconds = Double(answered - opened) / 1e9
      return BuiltIndex(index: index, cost: cost, folder: folder)
    } catch {
      throw .index(label: label, error)
    }
  }
}
