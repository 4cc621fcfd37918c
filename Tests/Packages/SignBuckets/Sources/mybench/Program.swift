import RecallBenchCLI
import SignBuckets

@main
enum Program {
  static func main() {
    RecallBench(catalog: .standard.adding(SignBucketsIndex.self)).main()
  }
}
