import Foundation

/// The folder in which the program keeps what it can compute or fetch again.
public enum CacheFolder {
  /// Names it, in place of `~/.cache/recallbench`.
  public static let variable = "RECALLBENCH_CACHE"

  /// What the environment says; the folder need not exist.
  public static var current: String {
    EnvironmentVariable.value(of: variable)
      ?? "\(EnvironmentVariable.value(of: "XDG_CACHE_HOME") ?? "\(NSHomeDirectory())/.cache")/recallbench"
  }
}
