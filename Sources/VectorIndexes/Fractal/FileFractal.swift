import OrderedStore
import VectorCore

/// A fractal index in an ordered store.
///
/// An index opened for writing is read into memory completely. A commit writes what has changed since the last one: the
/// clusters on the paths of the changes, the rows of lists that have moved, whole buffers, metadata, and after a
/// training the codebooks. A commit is atomic, and readers see nothing before it: a split moves vectors in the writer's
/// memory and does not delay readers.
///
/// An index opened for reading, and a snapshot, have the tree in memory and read postings and vectors from the mapped
/// file. The first search that visits a leaf checks all bytes of the leaf. An index without codebooks has all its
/// vectors in buffers, and these are read into memory completely.
///
/// Opening for writing and `abort` take O(n·d); opening for reading takes O(clusters·d).
final class FileFractal: FractalStore, @unchecked Sendable {
  let file: FractalFile
  let isReadOnly: Bool
  /// The contents; an error only after an `abort` that could not read the file.
  private var state: Result<FractalContent, IndexError>
  /// The contents of the last commit; `nil` in an index for reading.
  private var committed: FractalContents?
  private(set) var isChanged = false
  /// The ids whose metadata may have changed since the last commit.
  private var changedMetadata: Set<UInt64> = []

  init(writing file: FractalFile) throws(IndexError) {
    self.file = file
    isReadOnly = false
    let (core, contents) = try storing { () throws(StoreError) in try file.read(file.store.snapshot()) }
    state = .success(.memory(core))
    committed = contents
  }

  init(reading file: FractalFile) throws(IndexError) {
    self.file = file
    isReadOnly = true
    state = .success(
      try storing { () throws(StoreError) in
        let snapshot = try file.store.snapshot()
        let contents = try FractalContents(snapshot, place: file.place)
        guard let trained = try file.readTrained(snapshot, contents) else {
          return .memory(try file.read(snapshot).index)
        }
        return .mapped(try StoredFractal(file, snapshot, contents, trained))
      })
  }

  var content: FractalContent { get throws(IndexError) { try state.get() } }

  var count: Int {
    switch state {
    case .success(.memory(let core)): core.count
    case .success(.mapped(let stored)): stored.count
    case .failure: committed?.count ?? 0
    }
  }

  /// The insertion sequence of the next vector.
  var nextSequence: UInt64 {
    switch state {
    case .success(.memory(let core)): core.store.nextSequence
    case .success(.mapped(let stored)): stored.contents.nextSequence
    case .failure: committed?.nextSequence ?? 0
    }
  }

  var diskBytes: Int { (try? file.store.sizeOnDisk) ?? 0 }

  // MARK: Transactions

  /// Changes the index in memory; the next commit writes the change.
  func change<Change>(
    _ ids: [UInt64], _ body: (FractalCore) throws(IndexError) -> Change
  ) throws(IndexError) -> Change {
    guard !isReadOnly, case .memory(let core) = try content else { throw .storage(file.place.readOnly) }
    // A replaced or removed vector loses its metadata, even if the new vector has none.
    let hadMetadata = !core.store.metadata.isEmpty
    let change = try body(core)
    if hadMetadata || !core.store.metadata.isEmpty { changedMetadata.formUnion(ids) }
    isChanged = true
    return change
  }

  func commit() throws(IndexError) {
    guard isChanged, case .memory(let core) = try content else { return }
    do throws(StoreError) {
      committed = try file.store.write { transaction throws(StoreError) in
        try file.write(core, since: committed, metadata: changedMetadata, to: transaction)
      }
    } catch {
      abort()
      throw .storage(error)
    }
    core.noteWritten()
    isChanged = false
    changedMetadata = []
  }

  func abort() {
    guard isChanged else { return }
    isChanged = false
    changedMetadata = []
    do throws(IndexError) {
      let (core, contents) = try storing { () throws(StoreError) in try file.read(file.store.snapshot()) }
      state = .success(.memory(core))
      committed = contents
    } catch {
      state = .failure(error)
    }
  }
}

extension FractalCore {
  /// Marks all clusters and lists as written.
  fileprivate func noteWritten() {
    for list in store.lists { list.noteWritten() }
    for case let cluster? in tree.clusters { cluster.isChanged = false }
  }
}
