import Foundation
import Processes
import TestSupport

/// A browser without a window, driven through pipes by the Chrome DevTools Protocol. For one thread at a time.
///
/// Source: https://chromedevtools.github.io/devtools-protocol/
final class Chromium {
  /// Where it is: `CHROMIUM` says so, or it is looked for; nil where there is none.
  static let path: String? = {
    let environment = ProcessInfo.processInfo.environment
    let folders = (environment["PATH"] ?? "").split(separator: ":")
    let names = ["chromium", "chromium-browser", "google-chrome"]
    let places =
      [environment["CHROMIUM"] ?? ""] + folders.flatMap { folder in names.map { "\(folder)/\($0)" } }
      + ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"]
    return places.first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// What went wrong in the page so far: errors of scripts, of the console, and of loading.
  private(set) var problems: [String] = []
  /// Every address that the page asked for.
  private(set) var requests: [String] = []

  private let identifier: pid_t
  private let commands: Int32
  private let messages: Int32
  private let profile: TemporaryFolder
  private var unread = Data()
  private var lastCommand = 0
  private var session: String?
  private var hasLoaded = false

  /// Starts the browser with an empty page.
  init() throws {
    guard let path = Self.path else { throw Failure(description: "no Chromium here") }
    profile = try TemporaryFolder()
    var (toBrowser, fromBrowser): ([Int32], [Int32]) = ([0, 0], [0, 0])
    guard pipe(&toBrowser) == 0, pipe(&fromBrowser) == 0 else { throw Failure(description: "no pipes left") }
    // Not for other tests' children, whose copies would keep the pipes open.
    for end in toBrowser + fromBrowser { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    #if os(Linux)
      var actions = posix_spawn_file_actions_t()
    #else
      var actions: posix_spawn_file_actions_t?
    #endif
    posix_spawn_file_actions_init(&actions)
    // Beyond 3 and 4 first, where the ends themselves may be.
    for (end, place) in [(toBrowser[0], 63), (fromBrowser[1], 64), (63, 3), (64, 4)] {
      posix_spawn_file_actions_adddup2(&actions, end, Int32(place))
    }
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    let words = [
      path, "--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
      "--no-first-run", "--disable-background-networking", "--user-data-dir=\(profile.path)", "about:blank",
    ]
    var arguments = words.map { strdup($0) } + [nil]
    var identifier: pid_t = 0
    let code = posix_spawn(&identifier, path, &actions, nil, &arguments, environ)
    for argument in arguments { free(argument) }
    posix_spawn_file_actions_destroy(&actions)
    for end in [toBrowser[0], fromBrowser[1]] { close(end) }
    self.identifier = identifier
    commands = toBrowser[1]
    messages = fromBrowser[0]
    guard code == 0 else { throw Failure(description: "\(path) cannot be started") }
    let target = try send("Target.createTarget", ["url": "about:blank"])["targetId"] as? String ?? ""
    session = try send("Target.attachToTarget", ["targetId": target, "flatten": true])["sessionId"] as? String
    for domain in ["Page", "Runtime", "Log", "Network"] { try send("\(domain).enable") }
  }

  deinit {
    // The end of its commands ends it and its children.
    close(commands)
    close(messages)
    var status: Int32 = 0
    while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
  }

  // MARK: - What a test does

  /// Opens a file and waits until it is loaded and its charts are drawn.
  ///
  /// - Parameters:
  ///   - width: of the window, in pixels; below 600 it is a phone's.
  ///   - isDark: whether the user asks for dark colours.
  func open(_ path: String, width: Int = 1280, isDark: Bool = false) throws {
    try send(
      "Emulation.setDeviceMetricsOverride",
      ["width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600])
    try setMedia("screen", isDark: isDark)
    hasLoaded = false
    requests = []
    try send("Page.navigate", ["url": URL(filePath: path).absoluteString])
    while !hasLoaded { try receive() }
    _ = try evaluate(
      """
      new Promise((done) => {
        const ready = () => document.documentElement.dataset.drawn || !document.getElementById("no-charts").hidden
          ? done(true) : setTimeout(ready, 10);
        ready();
      })
      """)
  }

  func setMedia(_ media: String, isDark: Bool) throws {
    let scheme: [String: Any] = ["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"]
    try send("Emulation.setEmulatedMedia", ["media": media, "features": [scheme]])
  }

  /// The value of a JavaScript expression, awaited where it is a promise.
  func evaluate(_ expression: String) throws -> Any? {
    let answer = try send(
      "Runtime.evaluate", ["expression": expression, "awaitPromise": true, "returnByValue": true])
    if let problem = answer["exceptionDetails"] { throw Failure(description: "\(expression): \(problem)") }
    return (answer["result"] as? [String: Any])?["value"]
  }

  func number(_ expression: String) throws -> Double {
    guard let number = try evaluate(expression) as? NSNumber else {
      throw Failure(description: "\(expression) is no number")
    }
    return number.doubleValue
  }

  func text(_ expression: String) throws -> String { try evaluate("String(\(expression))") as? String ?? "" }

  /// Moves the pointer to the middle of an element that an expression names, scrolled into sight; and clicks there.
  func point(at element: String, clicks: Bool = false) throws {
    let place = try text(
      """
      (() => { const found = \(element); found.scrollIntoView({block: "center", behavior: "instant"});
        const box = found.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()
      """
    ).split(separator: ",").compactMap { Double($0) }
    guard place.count == 2 else { throw Failure(description: "\(element) is nowhere") }
    var event: [String: Any] = ["type": "mouseMoved", "x": place[0], "y": place[1]]
    try send("Input.dispatchMouseEvent", event)
    guard clicks else { return }
    event["button"] = "left"
    event["clickCount"] = 1
    for type in ["mousePressed", "mouseReleased"] {
      event["type"] = type
      try send("Input.dispatchMouseEvent", event)
    }
  }

  /// Presses a key that has no letter: `Tab`, `Enter`, `Escape`.
  func press(_ key: String) throws {
    let codes = ["Tab": 9, "Enter": 13, "Escape": 27]
    var event: [String: Any] = ["key": key, "code": key, "windowsVirtualKeyCode": codes[key] ?? 0]
    if key == "Enter" { event["text"] = "\r" }
    for type in ["keyDown", "keyUp"] {
      event["type"] = type
      try send("Input.dispatchKeyEvent", event)
    }
  }

  /// The whole page as PNG.
  func screenshot() throws -> Data {
    let answer = try send("Page.captureScreenshot", ["format": "png", "captureBeyondViewport": true])
    return Data(base64Encoded: answer["data"] as? String ?? "") ?? Data()
  }

  // MARK: - The protocol: JSON texts, each ended by a zero byte

  @discardableResult
  private func send(_ method: String, _ parameters: [String: Any] = [:]) throws -> [String: Any] {
    lastCommand += 1
    var message: [String: Any] = ["id": lastCommand, "method": method, "params": parameters]
    message["sessionId"] = session
    let bytes = try JSONSerialization.data(withJSONObject: message) + [0]
    guard ChildProcess.write(bytes, to: commands) else { throw Failure(description: "the browser has ended") }
    while true {
      let answer = try receive()
      guard answer["id"] as? Int == lastCommand else { continue }
      if let error = answer["error"] { throw Failure(description: "\(method): \(error)") }
      return answer["result"] as? [String: Any] ?? [:]
    }
  }

  /// The next message; what it tells of the page is kept.
  @discardableResult
  private func receive() throws -> [String: Any] {
    while true {
      if let end = unread.firstIndex(of: 0) {
        let message = try JSONSerialization.jsonObject(with: unread[..<end]) as? [String: Any] ?? [:]
        unread = Data(unread[(end + 1)...])
        note(message)
        return message
      }
      var request = pollfd(fd: messages, events: Int16(POLLIN), revents: 0)
      guard poll(&request, 1, 60_000) > 0 else { throw Failure(description: "the browser says nothing") }
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      let count = read(messages, &chunk, chunk.count)
      guard count > 0 else { throw Failure(description: "the browser has ended") }
      unread += chunk[..<count]
    }
  }

  private func note(_ message: [String: Any]) {
    let parameters = message["params"] as? [String: Any] ?? [:]
    switch message["method"] as? String {
    case "Page.loadEventFired": hasLoaded = true
    case "Runtime.exceptionThrown": problems.append("\(parameters["exceptionDetails"] ?? "")")
    case "Runtime.consoleAPICalled":
      if ["error", "warning", "assert"].contains(parameters["type"] as? String) {
        problems.append("\(parameters["args"] ?? "")")
      }
    case "Log.entryAdded": problems.append("\(parameters["entry"] ?? "")")
    case "Network.requestWillBeSent":
      requests.append((parameters["request"] as? [String: Any])?["url"] as? String ?? "")
    default: break
    }
  }
}
