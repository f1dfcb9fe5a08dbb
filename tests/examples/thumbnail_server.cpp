// SPDX-License-Identifier: GPL-2.0-or-later
// A pool inside a server with threads: each connection asks for one picture ("SECONDS FILE\n") and gets it as JPEG.
// The program is its own load: so many connections at once, all answered, nothing left open.
// Usage: thumbnail_server CONNECTIONS VIDEO...
#include <hevcpool/tasks.h>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <mutex>
#include <thread>

namespace {

namespace fs = std::filesystem;

// A socket that is closed by whoever is last.
class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { if (fd_ >= 0) ::close(fd_); }

  std::string read_line() const {
    std::string line;
    for (char c; ::recv(fd_, &c, 1, 0) == 1 && c != '\n';) line += c;
    return line;
  }
  std::string read_all() const {
    std::string all;
    char part[16384];
    for (ssize_t got; (got = ::recv(fd_, part, sizeof part, 0)) > 0;) all.append(part, static_cast<std::size_t>(got));
    return all;
  }
  bool send(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};
using SharedConnection = std::shared_ptr<Connection>;  // shared by the steps of a request, which run on any thread

// The server's threads, and what they still have to do.
class Crew {
 public:
  explicit Crew(unsigned size) {
    for (unsigned i = 0; i < size; ++i) threads_.emplace_back([this] { work(); });
  }
  ~Crew() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  void post(std::function<void()> step) {
    {
      const std::lock_guard lock(mutex_);
      steps_.push_back(std::move(step));
    }
    changed_.notify_one();
  }

 private:
  void work() {
    for (std::unique_lock lock(mutex_);;) {
      changed_.wait(lock, [this] { return ending_ || !steps_.empty(); });
      if (steps_.empty()) return;
      const std::function<void()> step = std::move(steps_.front());
      steps_.pop_front();
      lock.unlock();
      step();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> steps_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

class Server {
 public:
  Server(hevcpool::Pool& pool, fs::path folder) : pool_(pool), folder_(std::move(folder)), crew_(8) {
    ::bind(listening_.fd(), reinterpret_cast<const sockaddr*>(&address()), sizeof(sockaddr_un));
    ::listen(listening_.fd(), 4096);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~Server() {
    ::shutdown(listening_.fd(), SHUT_RDWR);  // wakes the acceptor
    acceptor_.join();
  }
  const sockaddr_un& address() {
    address_.sun_family = AF_UNIX;
    (folder_ / "socket").native().copy(address_.sun_path, sizeof address_.sun_path - 1);
    return address_;
  }

 private:
  void accept_all() {
    for (int fd; (fd = ::accept4(listening_.fd(), nullptr, nullptr, SOCK_CLOEXEC)) >= 0;)
      crew_.post([this, connection = std::make_shared<Connection>(fd)] { request(connection); });
  }
  // The result comes on the pool's thread, which must not block: sending it is a step for the crew.
  void request(const SharedConnection& connection) {
    const std::string line = connection->read_line();
    const auto space = line.find(' ');
    if (space == std::string::npos) return;
    const fs::path picture = folder_ / (std::to_string(++count_) + ".jpg");
    hevcpool::Thumbnail thumbnail{.input = line.substr(space + 1), .outputs = {picture}, .at = {line.substr(0, space)}};
    thumbnail.picture.width = 64;
    submit(pool_, thumbnail).when_done([this, connection, picture](const hevcpool::JobResult& result) {
      crew_.post([connection, picture, ok = result.ok()] { reply(connection, picture, ok); });
    });
  }
  static void reply(const SharedConnection& connection, const fs::path& picture, bool ok) {
    std::ifstream file(picture, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (ok) connection->send(bytes);
    std::error_code ignored;
    fs::remove(picture, ignored);
  }

  hevcpool::Pool& pool_;
  const fs::path folder_;
  Connection listening_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un address_{};
  std::atomic<unsigned> count_{0};
  Crew crew_;
  std::thread acceptor_;
};

// All requests are sent before the first answer is read. Returns how many answers were pictures.
int ask(const sockaddr_un& address, int connections, const std::vector<std::string>& videos) {
  std::vector<std::unique_ptr<Connection>> clients;
  for (int i = 0; i < connections; ++i) {
    clients.push_back(std::make_unique<Connection>(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)));
    if (::connect(clients.back()->fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return -errno;
    const std::string& video = videos[static_cast<std::size_t>(i) % videos.size()];
    clients.back()->send(std::to_string(i % 10 * 0.1) + " " + video + "\n");
  }
  int pictures = 0;
  for (const auto& client : clients) {
    const std::string answer = client->read_all();
    pictures += answer.starts_with("\xff\xd8") && answer.ends_with("\xff\xd9");
  }
  return pictures;
}

auto open_descriptors() { return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()); }

int serve(int connections, const std::vector<std::string>& videos, const std::string& folder) {
  std::string error;
  const auto pool = hevcpool::Pool::start({.workers = 2}, &error);  // before any thread
  if (!pool) return std::cerr << error << "\n", -1;
  int pictures = 0;
  {
    Server server(*pool, folder);
    pictures = ask(server.address(), connections, videos);
  }
  pool->shutdown();
  return pictures;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const int connections = std::atoi(argv[1]);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;  // two descriptors for each connection, as both ends are here
  ::setrlimit(RLIMIT_NOFILE, &files);
  std::string folder = fs::temp_directory_path() / "thumbnail-server-XXXXXX";
  if (!::mkdtemp(folder.data())) return 1;
  const auto before = open_descriptors();
  const int pictures = serve(connections, {argv + 2, argv + argc}, folder);
  const auto left = open_descriptors() - before;
  fs::remove_all(folder);
  const bool alone = ::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD;
  std::cout << pictures << " pictures, " << left << " descriptors left open" << (alone ? "" : ", a process left") << "\n";
  return pictures == connections && left == 0 && alone ? 0 : 1;
}
