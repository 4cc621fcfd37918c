import Foundation

/// The activity of all processors during an interval, and the part that belongs to this process.
public struct MachineActivity: Sendable, Equatable, Codable {
  /// The length of the interval in seconds on the monotonic clock.
  public var seconds = 0.0
  /// Processor seconds that a hypervisor gave to other machines; 0 when the system does not report them.
  public var stolenSeconds = 0.0
  /// Processor seconds spent on all programs.
  public var busySeconds = 0.0
  /// Processor seconds spent on this process, and on the process that searches on its behalf.
  public var ownSeconds = 0.0
  /// The number of processors.
  public var processors = 1
  /// The clock frequency of the first processor in MHz; `nil` when the system does not report it.
  public var megahertz: Double?

  public init() {}

  /// Whether the interval is long enough for the system's clock ticks of 10 ms.
  var isTelling: Bool { seconds >= 0.2 }

  var stealShare: Double { seconds > 0 ? stolenSeconds / (seconds * Double(processors)) : 0 }

  /// The average number of processors that other programs kept busy.
  var otherProcessors: Double { seconds > 0 ? max(0, busySeconds - ownSeconds) / seconds : 0 }

  mutating func add(_ other: MachineActivity) {
    seconds += other.seconds
    stolenSeconds += other.stolenSeconds
    busySeconds += other.busySeconds
    ownSeconds += other.ownSeconds
    processors = other.processors
    megahertz = other.megahertz ?? megahertz
  }

  /// Removes the activity during a part of the interval.
  mutating func subtract(_ part: MachineActivity) {
    seconds -= part.seconds
    stolenSeconds -= part.stolenSeconds
    busySeconds -= part.busySeconds
    ownSeconds -= part.ownSeconds
  }
}

/// One reading of the counters; `MachineActivity` is the difference of two readings.
struct MachineReading {
  private let nanoseconds: UInt64
  private let stolenTicks: Double
  private let busyTicks: Double
  private let ownSeconds: Double

  /// Reads the counters, which takes about 30 µs.
  ///
  /// - Parameter helper: a process that works on behalf of this one.
  init(helper: Int32? = nil) {
    nanoseconds = monotonicNanoseconds()
    // user nice system idle iowait irq softirq steal
    let ticks = Self.firstLine(of: "/proc/stat").split(separator: " ").dropFirst().compactMap { Double($0) }
    stolenTicks = ticks.count > 7 ? ticks[7] : 0
    busyTicks = ticks.count > 7 ? ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6] : 0
    var own = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own)
    var seconds = Double(own.tv_sec) + Double(own.tv_nsec) / 1e9
    #if os(Linux)
      var clock = clockid_t()
      if let helper, clock_getcpuclockid(helper, &clock) == 0, clock_gettime(clock, &own) == 0 {
        seconds += Double(own.tv_sec) + Double(own.tv_nsec) / 1e9
      }
    #endif
    ownSeconds = seconds
  }

  /// The activity since an earlier reading.
  func since(_ earlier: MachineReading) -> MachineActivity {
    let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
    var activity = MachineActivity()
    activity.seconds = Double(nanoseconds - earlier.nanoseconds) / 1e9
    activity.stolenSeconds = (stolenTicks - earlier.stolenTicks) / ticksPerSecond
    activity.busySeconds = (busyTicks - earlier.busyTicks) / ticksPerSecond
    activity.ownSeconds = ownSeconds - earlier.ownSeconds
    activity.processors = ProcessInfo.processInfo.processorCount
    activity.megahertz = Double(Self.firstLine(of: "/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq"))
      .map { $0 / 1000 }
    return activity
  }

  private static func firstLine(of path: String) -> String { SystemFile.text(path).prefix { $0 != "\n" }.description }
}

/// Small files in which the kernel describes the machine.
enum SystemFile {
  /// The text of a file, trimmed; empty when it cannot be read.
  static func text(_ path: String) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    var count = 0
    while count < bytes.count {
      let read = bytes.withUnsafeMutableBytes { buffer in
        Foundation.read(file, buffer.baseAddress! + count, buffer.count - count)
      }
      guard read > 0 else { break }
      count += read
    }
    return String(decoding: bytes[..<count], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
