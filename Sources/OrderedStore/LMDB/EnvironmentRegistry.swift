import Foundation

/// The LMDB files that this process has open. LMDB does not allow a process to open a file twice.
enum EnvironmentRegistry {
  private struct Use {
    let environment: LMDBEnvironment
    var count = 1
  }

  nonisolated(unsafe) private static var uses: [DataFile.Identity: Use] = [:]
  private static let lock = NSLock()

  /// Opens a file, or shares it with other readers if it is already open.
  ///
  /// - Throws: `openHere` if it cannot be shared, and all reasons for which a file is refused.
  static func open(
    _ path: String, forWriting: Bool, durability: Durability, reserving: Int
  ) throws(StoreError) -> EnvironmentLease {
    lock.lock()
    defer { lock.unlock() }
    let place = LMDBPlace(path: path, operation: "open the store")
    let file = try place.naming { () throws(StoreError.Reason) in try DataFile(path: path, forWriting: forWriting) }
    if let use = uses[file.identity] {
      try place.refuse(forWriting ? .openHere(forWriting: use.environment.isWritable) : nil)
      uses[file.identity]?.count += 1
      return EnvironmentLease(use.environment)
    }
    do throws(StoreError) {
      try place.naming { () throws(StoreError.Reason) in
        if forWriting { try file.lockForWriting() }
        try FileCheck.checkHead(of: file, forWriting: forWriting)
        try file.reserveLockFile(byteCount: LMDBEnvironment.lockFileBytes)
      }
      let environment = try LMDBEnvironment(
        file, isWritable: forWriting, durability: durability, reserving: reserving)
      uses[file.identity] = Use(environment: environment)
      return EnvironmentLease(environment)
    } catch {
      file.removeIfNew()
      throw error
    }
  }

  fileprivate static func release(_ environment: LMDBEnvironment) {
    lock.lock()
    defer { lock.unlock() }
    let identity = environment.file.identity
    uses[identity]?.count -= 1
    guard uses[identity]?.count == 0 else { return }
    environment.close()
    uses[identity] = nil
  }
}

/// One use of an open file, held by stores, snapshots and transactions; the last release closes the file.
final class EnvironmentLease: Sendable {
  let environment: LMDBEnvironment

  fileprivate init(_ environment: LMDBEnvironment) { self.environment = environment }

  deinit { EnvironmentRegistry.release(environment) }
}
