import Foundation

/// The processors that this process may use.
public enum UsableProcessors {
  /// The number when the process began: within a set of processors, as a job of a cluster has it, those of the set.
  /// Foundation's `activeProcessorCount` counts all processors of the machine.
  public static let count: Int = {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let name = "Cpus_allowed_list:"
    let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
    return line.flatMap { count(inList: $0.dropFirst(name.count)) } ?? ProcessInfo.processInfo.activeProcessorCount
  }()

  /// The number of processors in a list such as `0-3,8`; `nil` for any other text.
  static func count(inList text: some StringProtocol) -> Int? {
    var count = 0
    for part in text.split(separator: ",") {
      let ends = part.split(separator: "-").map { Int($0.trimmingCharacters(in: .whitespaces)) }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last else {
        return nil
      }
      count += last - first + 1
    }
    return count > 0 ? count : nil
  }
}
