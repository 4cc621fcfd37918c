import OrderedStore
import VectorCore

/// A fractal index in an ordered store.
///
/// One that was opened for writing is an index in memory, read when it is opened; a commit writes what has changed since
/// the last one: the clusters on the paths of the changes, the rows of lists that have moved, whole buffers, metadata, and
/// the codebooks after a training. All of it gets into the file together or not at all, and readers see nothing before: a
/// split moves vectors in the writer's memory and takes no reader's time.
///
/// One that was opened for reading, and a snapshot, has the tree in memory and reads postings and vectors where the store
/// has mapped them; the first search that looks at a leaf checks all its bytes. (Without codebooks, when all vectors are in
/// buffers, it has them all in memory.)
///
/// Opening for writing, and `abort`, take O(n·d); opening for reading O(clusters·d).
final class FileFractal: FractalStore, @unchecked Sendable {
  let file: FractalFile
  let isReadOnly: Bool
  /// Fails only when an abort could not read the file.
  private var state: Result<FractalContent, IndexError>
  /// What was last committed; `nil` in one for reading.
  private var committed: FractalContents?
  private(set) var isChanged = false
  /// The ids whose metadata may have changed since.
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

  /// Makes a change of the index in memory, which the next commit writes.
  func change<Change>(
    _ ids: [UInt64], _ body: (FractalCore) throws(IndexError) -> Change
  ) throws(IndexError) -> Change {
    guard !isReadOnly, case .memory(let core) = try content else { throw .storage(file.place.readOnly) }
    // What is replaced or removed loses the metadata that it had, even where none comes.
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
  /// Notes that all of this is written down.
  fileprivate func noteWritten() {
    for list in store.lists { list.noteWritten() }
    for case let cluster? in tree.clusters { cluster.isChanged = false }
  }
}
