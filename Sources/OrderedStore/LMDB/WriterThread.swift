internal import CLMDB
import Foundation
import VectorCore

/// Begins and ends one write transaction on its own thread; in between, any thread may use the transaction.
///
/// LMDB's writer mutex belongs to the thread that locked it, and only that thread can unlock it. But a transaction of
/// this module may end on whichever thread releases its last reference. The extra thread costs about 20 µs per
/// transaction.
final class WriterThread: @unchecked Sendable {
  /// LMDB's transaction, from the start until `end`.
  private(set) var transaction: OpaquePointer?
  /// LMDB's return code of the last step: of the start, then of the end.
  private(set) var code: CInt = 0
  private let environment: OpaquePointer
  private var commits = false
  private let told = DispatchSemaphore(value: 0)
  private let done = DispatchSemaphore(value: 0)

  /// Waits until the transaction has begun; `code` tells whether it succeeded.
  ///
  /// - Throws: `ThreadError` if there is no thread; no transaction has begun then.
  init(_ environment: LMDBEnvironment) throws(ThreadError) {
    // The thread ends slightly later than the transaction, and must not keep the file open.
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

  /// Commits or aborts, and returns LMDB's code. Must be called once.
  func end(commit: Bool) -> CInt {
    commits = commit
    told.signal()
    done.wait()
    transaction = nil
    return code
  }
}
