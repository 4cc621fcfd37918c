import Foundation

/// A place that a program is told to write to: a file, or a device, a pipe or an open descriptor.
///
/// Symbolic links are followed. A regular file is replaced whole or not at all, and the new one has its mode and, where
/// permitted, its owner. Into everything else the bytes are written, as `cp` does it. Missing folders are not made.
public struct OutputFile: Sendable {
  /// What is at the place.
  enum Place: Sendable {
    /// A regular file, or nothing yet; the path has no link at its end.
    case file(String)
    /// A device, a pipe or a socket.
    case stream(String)
    /// One that this process was started with: `/dev/stdout`, `/dev/fd/3`.
    case descriptor(Int32)
  }

  /// Standard output.
  public static let standard = OutputFile(place: .descriptor(STDOUT_FILENO), path: "standard output")
  /// Standard error.
  public static let standardError = OutputFile(place: .descriptor(STDERR_FILENO), path: "standard error")

  /// As it was given.
  public let path: String
  let place: Place

  private init(place: Place, path: String) {
    self.place = place
    self.path = path
  }

  /// Finds the place and makes sure that it can be written to, before anything long is begun.
  ///
  /// - Throws: `OutputError`, also for a folder in the file's place.
  public init(_ path: String) throws(OutputError) {
    self.path = path
    place = try Self.find(path)
    switch place {
    case .file(let place):
      let folder = Self.folder(of: place)
      guard Self.kind(of: folder) == S_IFDIR else { throw OutputError(path: path, .noFolder(folder)) }
      if access(place, F_OK) == 0, access(place, W_OK) != 0 { throw OutputError(path: path, .system(errno)) }
      let probe = draft()
      defer { probe.discard() }
      try probe.fill(Data("recallbench\n".utf8))
    case .stream(let place):
      guard access(place, W_OK) == 0 else { throw OutputError(path: path, .system(errno)) }
    case .descriptor(let number):
      guard fcntl(number, F_GETFL) & O_ACCMODE != O_RDONLY else { throw OutputError(path: path, .system(EBADF)) }
    }
  }

  /// The path with links at its end followed; as it was given for what is no regular file.
  public var resolvedPath: String { if case .file(let place) = place { place } else { path } }

  /// Whether there is a regular file, which would be replaced.
  public var replacesFile: Bool { if case .file(let place) = place { access(place, F_OK) == 0 } else { false } }

  /// Writes the text.
  ///
  /// - Throws: `OutputError`; an older file is then as it was.
  public func write(_ text: String) throws(OutputError) { try write(Data(text.utf8)) }

  /// Writes the bytes.
  ///
  /// - Throws: `OutputError`; an older file is then as it was.
  public func write(_ bytes: Data) throws(OutputError) {
    switch place {
    case .file:
      let draft = draft()
      do throws(OutputError) {
        try draft.fill(bytes)
        try draft.commit()
      } catch {
        draft.discard()
        throw error
      }
    case .stream, .descriptor: try withStream { file throws(OutputError) in try write(bytes, to: file) }
    }
  }

  /// A new file to be filled, and then put into the place.
  public func draft() -> OutputDraft { OutputDraft(for: self) }

  /// Removes what killed processes have left where this file's drafts are made.
  public func removeAbandonedDrafts() {
    if case .file(let place) = place { OutputDraft.removeAbandoned(in: Self.folder(of: place)) }
  }

  // MARK: - Writing

  /// Opens a place that is no regular file.
  func withStream(_ body: (_ file: Int32) throws(OutputError) -> Void) throws(OutputError) {
    switch place {
    case .file: preconditionFailure("a regular file is replaced by a draft")
    case .descriptor(let number): try body(number)
    case .stream(let place):
      let file = open(place, O_WRONLY | O_CLOEXEC | O_NOCTTY)
      guard file >= 0 else { throw OutputError(path: path, .system(errno)) }
      do throws(OutputError) { try body(file) } catch {
        close(file)
        throw error
      }
      guard close(file) == 0 else { throw OutputError(path: path, .system(errno)) }
    }
  }

  /// Writes all bytes to an open file.
  func write(_ bytes: Data, to file: Int32) throws(OutputError) {
    let failure = bytes.withUnsafeBytes { bytes -> Int32? in
      var rest = bytes
      while let base = rest.baseAddress, !rest.isEmpty {
        let written = Foundation.write(file, base, rest.count)
        if written > 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        } else if written < 0, errno == EAGAIN {
          // A descriptor that was made non-blocking by whoever started this program.
          var request = pollfd(fd: file, events: Int16(POLLOUT), revents: 0)
          poll(&request, 1, -1)
        } else if written == 0 || errno != EINTR {
          return written == 0 ? EIO : errno
        }
      }
      return nil
    }
    if let failure { throw OutputError(path: path, .system(failure)) }
  }

  // MARK: - Finding

  private static func find(_ path: String) throws(OutputError) -> Place {
    func failure(_ code: Int32) -> OutputError { OutputError(path: path, .system(code)) }
    guard !path.isEmpty else { throw failure(ENOENT) }
    let names = try links(from: path)
    for name in names {
      guard let number = descriptor(named: name) else { continue }
      // One that this program has opened for itself is none of the user's.
      let flags = fcntl(number, F_GETFD)
      guard flags >= 0, flags & FD_CLOEXEC == 0 else { throw failure(EBADF) }
      return .descriptor(number)
    }
    switch kind(of: path) {
    case nil:
      guard errno == ENOENT || errno == ENOTDIR, let last = names.last else { throw failure(errno) }
      if last.hasSuffix("/") { throw failure(EISDIR) }
      return .file(last)
    case S_IFREG: return .file(names.last ?? path)
    case S_IFDIR: throw failure(EISDIR)
    default: return .stream(path)
    }
  }

  /// The path and what it leads to, link by link.
  private static func links(from path: String) throws(OutputError) -> [String] {
    var names = [path]
    while let target = try? FileManager.default.destinationOfSymbolicLink(atPath: names[names.count - 1]) {
      guard names.count <= 40 else { throw OutputError(path: path, .system(ELOOP)) }
      names.append(target.hasPrefix("/") ? target : "\(folder(of: names[names.count - 1]))/\(target)")
    }
    return names
  }

  /// The number in a name for an open descriptor; nil for other names.
  private static func descriptor(named name: String) -> Int32? {
    switch name {
    case "/dev/stdout": return STDOUT_FILENO
    case "/dev/stderr": return STDERR_FILENO
    default:
      let prefix = ["/dev/fd/", "/proc/self/fd/"].first { name.hasPrefix($0) }
      return prefix.flatMap { Int32(name.dropFirst($0.count)) }.flatMap { $0 >= 0 ? $0 : nil }
    }
  }

  /// The kind of what a path leads to; nil with `errno` set where there is nothing.
  private static func kind(of path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }

  /// Where a file is: `.` for a name alone.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
