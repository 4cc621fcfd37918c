import Datasets
import Foundation

/// libFuzzer's entry (https://llvm.org/docs/LibFuzzer.html): calls back with inputs until it is told to stop.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ argumentCount: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// Feeds the readers of datasets with files that libFuzzer makes; errors are the expected answer, no crash and no hang.
///
///     make fuzz FUZZ='npy -max_total_time=60 CORPUS'
///
/// The first argument is the ending of the files: `fvecs`, `ivecs`, `bvecs`, `fbin`, `u8bin`, `i8bin`, `ibin`, `npy`, `npz`,
/// `csv`, `rangeres`, `spmat`, `yml` or `hdf5`; the others are libFuzzer's options and folders of files to start from.
@main
enum FuzzReaders {
  /// The file that each input is written to, set before the first.
  private nonisolated(unsafe) static var path = ""
  private nonisolated(unsafe) static var descriptor: CInt = -1

  static func main() {
    guard CommandLine.arguments.count > 1 else {
      print("usage: FuzzReaders ENDING [libFuzzer's options] [CORPUS]")
      exit(2)
    }
    path = "\(NSTemporaryDirectory())recallbench-fuzz-\(getpid()).\(CommandLine.arguments[1])"
    descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    precondition(descriptor >= 0, "\(path): \(String(cString: strerror(errno)))")
    var arguments: [UnsafeMutablePointer<CChar>?] =
      ([CommandLine.arguments[0]] + CommandLine.arguments.dropFirst(2)).map { strdup($0) } + [nil]
    var count = CInt(arguments.count - 1)
    atexit { unlink(FuzzReaders.path) }
    arguments.withUnsafeMutableBufferPointer { arguments in
      var base = arguments.baseAddress!
      _ = runDriver(&count, &base) { bytes, size in
        FuzzReaders.read(bytes, size)
        return 0
      }
    }
  }

  /// Opens, reads and checks everything that a file has.
  private static func read(_ bytes: UnsafePointer<UInt8>?, _ size: Int) {
    ftruncate(descriptor, 0)
    let written = pwrite(descriptor, bytes, size, 0)
    precondition(written == size, "\(path): \(String(cString: strerror(errno)))")
    _ = try? Preflight(path: path)
    _ = try? Dataset.load(path: path, metric: .euclidean)
  }
}
