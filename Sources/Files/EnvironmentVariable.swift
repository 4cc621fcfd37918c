import Foundation

/// Reads environment variables; one that is set but empty counts as not set.
public enum EnvironmentVariable {
  public static func value(of name: String) -> String? {
    guard let text = ProcessInfo.processInfo.environment[name], !text.isEmpty else { return nil }
    return text
  }
}
