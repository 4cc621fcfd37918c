import CKernels
import Testing
import VectorCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A kernel's contiguous and gathered forms.
typealias RowKernel = (rows: rbk_f32_rows, gather: rbk_gather)

func floatKernels(_ t: rbk_kernel_table) -> [RowKernel] {
  [(t.l2_f32, t.l2_f32_gather), (t.dot_f32, t.dot_f32_gather), (t.l1_f32, t.l1_f32_gather)]
}
func halfKernels(_ t: rbk_kernel_table) -> [rbk_gather] { [t.l2_f16_gather, t.dot_f16_gather, t.l1_f16_gather] }
func byteKernels(_ t: rbk_kernel_table) -> [rbk_gather] { [t.l2_u8_gather, t.dot_u8_gather, t.l1_u8_gather] }

/// The addresses of rows of `bytes` bytes.
func addresses(_ base: UnsafeRawPointer, of rows: some Sequence<Int>, bytes: Int) -> [UnsafeRawPointer] {
  rows.map { base + $0 * bytes }
}

/// Runs both forms, the gathered one backwards with one row repeated, and expects the same bits of them.
func run(
  _ kernel: RowKernel, _ query: UnsafePointer<Float>, _ rows: UnsafePointer<Float>, _ n: Int, _ d: Int,
  sourceLocation: SourceLocation = #_sourceLocation
) -> [Float] {
  var out = [Float](repeating: 0, count: n)
  kernel.rows(query, rows, n, d, &out)
  let index = (0..<n).reversed() + (n > 0 ? [0] : [])
  var gathered = [Float](repeating: 0, count: index.count)
  kernel.gather(query, addresses(rows, of: index, bytes: 4 * d), index.count, d, &gathered)
  let same = zip(index, gathered).allSatisfy { $1.bitPattern == out[$0].bitPattern }
  #expect(same, "gathered rows differ from contiguous ones: d \(d), n \(n)", sourceLocation: sourceLocation)
  return out
}

/// `count` random floats in [-1, 1).
func floats(_ count: Int, seed: UInt64) -> [Float] {
  var random = SeededGenerator(seed: seed)
  return (0..<count).map { _ in Float(random.nextUnit() * 2 - 1) }
}

/// Elements that end where a page begins that may not be read: a kernel that reads on dies.
final class GuardedArray<Element: BitwiseCopyable> {
  let base: UnsafeMutablePointer<Element>
  let count: Int
  private let mapping: UnsafeMutableRawPointer
  private let mappedBytes: Int

  init(_ elements: ArraySlice<Element>) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let bytes = elements.count * MemoryLayout<Element>.stride
    let readable = (bytes + page - 1) / page * page
    count = elements.count
    mappedBytes = readable + page
    mapping = mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    precondition(mapping != MAP_FAILED && mprotect(mapping + readable, page, PROT_NONE) == 0, "no guard page")
    base = (mapping + readable - bytes).bindMemory(to: Element.self, capacity: count)
    elements.withUnsafeBufferPointer { if let from = $0.baseAddress { base.update(from: from, count: count) } }
  }

  deinit { munmap(mapping, mappedBytes) }

  func map<T>(_ transform: (Element) -> T) -> [T] { UnsafeBufferPointer(start: base, count: count).map(transform) }
}
