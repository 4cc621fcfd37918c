internal import CLMDB
import Foundation
import VectorCore

/// Begins one write transaction, and ends it, on a thread of its own; what lies between may be done on any thread.
///
/// LMDB's writer mutex belongs to the thread that has taken it, and only that can give it back. A transaction of ours may
/// be ended wherever its last reference happens to be. The thread costs some 20 µs a transaction.
final class WriterThread: @unchecked Sendable {
  /// The transaction, from the start to `end`.
  private(set) var transaction: OpaquePointer?
  /// LMDB's code of the last step: of the start, then of the end.
  private(set) var code: CInt = 0
  private let environment: OpaquePointer
  private var commits = false
  private let told = DispatchSemaphore(value: 0)
  private let done = DispatchSemaphore(value: 0)

  /// Returns when the transaction has begun; `code` says whether it has.
  ///
  /// - Throws: `ThreadError`; no transaction has begun then.
  init(_ environment: LMDBEnvironment) throws(ThreadError) {
    // The thread outlives the transaction by a moment, and must not keep the file open.
    self.environment = environment.raw
    try SystemThread.start(stackBytes: 1 << 18) { [self] in
      code = mdb_txn_begin(self.environment, nil, 0, &transaction)
      let hasBegun = code == MDB_SUCCESS
      done.signal()
      guard hasBegun else { return }
      told.wait()
      if commits {
        code = mdb_txn_commit(transaction)
      } else {
        mdb_txn_abort(transaction)
      }
      done.signal()
    }
    done.wait()
  }

  /// Commits or aborts: LMDB's code. Called once.
  func end(commit: Bool) -> CInt {
    commits = commit
    told.signal()
    done.wait()
    transaction = nil
    return code
  }
}
