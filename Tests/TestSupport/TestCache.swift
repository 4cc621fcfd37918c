import Foundation

/// Keeps true neighbours that tests compute out of the user's cache.
public enum TestCache {
  /// Sets the cache of this process and of those that it starts, once.
  public static let isSet: Void = {
    setenv("RECALLBENCH_CACHE", FileManager.default.temporaryDirectory.path + "/recallbench-tests-cache", 1)
  }()
}
