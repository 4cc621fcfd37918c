import Foundation

/// Threads of the operating system, with an error when a thread cannot be started.
///
/// Written here because `Foundation.Thread` does not report that the system refuses a thread; a caller would wait
/// forever.
public enum SystemThread {
  /// Runs `body` on a new thread.
  ///
  /// - Throws: `ThreadError` if the system refuses another thread; `body` is then not called.
  public static func start(stackBytes: Int = 8 << 20, _ body: @escaping @Sendable () -> Void) throws(ThreadError) {
    let retained = Unmanaged.passRetained(ThreadBody(run: body))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, stackBytes)
    #if canImport(Darwin)
      var thread: pthread_t?
      let code = pthread_create(&thread, &attributes, { ThreadBody.run($0) }, retained.toOpaque())
    #else
      var thread = pthread_t()
      let code = pthread_create(&thread, &attributes, { ThreadBody.run($0!) }, retained.toOpaque())
    #endif
    guard code == 0 else {
      retained.release()
      throw ThreadError(code: code)
    }
  }

  /// Runs `body` on `count` new threads, and returns when all are done.
  ///
  /// - Parameters:
  ///   - begin: called after all threads have started and before the first of them calls `body`.
  ///   - body: receives the number of the thread, 0..<count; it is called concurrently.
  /// - Throws: `ThreadError` if the system refuses that many threads; `body` is then called on none of them.
  public static func runTogether(
    _ count: Int, begin: () -> Void = {}, _ body: @escaping @Sendable (_ thread: Int) -> Void
  ) throws(ThreadError) {
    let team = ThreadTeam()
    for number in 0..<count {
      do throws(ThreadError) {
        try start {
          if team.waitAtGate() { body(number) }
          team.done.signal()
        }
      } catch {
        team.open(to: number, running: false)
        throw error
      }
    }
    for _ in 0..<count { team.ready.wait() }
    begin()
    team.open(to: count, running: true)
  }
}

/// The error when no thread could be started; its description is one line with the remedy.
public struct ThreadError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The error number of the system.
  public let code: Int32

  public init(code: Int32) { self.code = code }

  public var description: String {
    "the system refuses another thread (\(String(cString: strerror(code)))); use fewer threads, or raise the limits on "
      + "processes and memory (ulimit -u, ulimit -v, --memory)"
  }
}

/// Carries the closure of a thread through the system's untyped argument.
private final class ThreadBody: Sendable {
  private let run: @Sendable () -> Void

  init(run: @escaping @Sendable () -> Void) { self.run = run }

  static func run(_ retained: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<ThreadBody>.fromOpaque(retained).takeRetainedValue().run()
    return nil
  }
}

/// Threads that wait for each other at a gate. `@unchecked Sendable`: semaphores order the accesses to `isRunning`.
private final class ThreadTeam: @unchecked Sendable {
  let ready = DispatchSemaphore(value: 0)
  let done = DispatchSemaphore(value: 0)
  private let gate = DispatchSemaphore(value: 0)
  private var isRunning = false

  /// Waits until the gate is open; returns whether the thread is to run.
  func waitAtGate() -> Bool {
    ready.signal()
    gate.wait()
    return isRunning
  }

  /// Opens the gate for the first `count` threads, and waits until they are done.
  func open(to count: Int, running: Bool) {
    isRunning = running
    for _ in 0..<count { gate.signal() }
    for _ in 0..<count { done.wait() }
  }
}
