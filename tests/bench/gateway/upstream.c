/*
 * An upstream of the OpenAI kind that costs next to nothing: one thread, epoll, keep-alive.
 *
 * upstream PORT: listens on 127.0.0.1 and prints its port (0: any free one).
 * The model says what the response is: `sse-COUNT-RATE` a stream of COUNT chunks, RATE a second (0: as fast as they are
 * taken), each written by itself; any other model a JSON completion of about 900 bytes. Request bodies are read by
 * Content-Length, or to the last chunk.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FDS 65536
#define IN_MAX 65536
/* Chunks that a stream without a rate writes before others have their turn. */
#define TURN 8

typedef struct {
  char *in;
  int in_len;
  /* Of the stream under way: chunks still to write, nanoseconds between two (0: none), when the next is due. */
  int streaming, remaining, blocked;
  long long gap_ns, due_ns;
  /* What the socket did not take yet. */
  char out[2048];
  int out_at, out_len;
  int slot;
} Conn;

static Conn *conns[FDS];
static int streams[FDS], stream_count, ep;
static char response[4096], event[1024], last[1024];
static int response_len, event_len, last_len;
/* Where an event says when it was written: nanoseconds of CLOCK_MONOTONIC in 19 digits, which load.c reads. */
static char *stamp_at;

static const char STREAM_HEAD[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
    "x-request-id: req_bench\r\nX-Accel-Buffering: no\r\nTransfer-Encoding: chunked\r\n\r\n";

static long long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void prepare(void) {
  char body[3072], content[512];
  memset(content, 0, sizeof content);
  while (strlen(content) < 400) strcat(content, "Twelve words of a response are here, again and again and again. ");
  int n = snprintf(body, sizeof body,
      "{\"id\":\"chatcmpl-bench0000000000000000000000\",\"object\":\"chat.completion\",\"created\":1700000000,"
      "\"model\":\"bench-json\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"%s\","
      "\"refusal\":null,\"annotations\":[]},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{"
      "\"prompt_tokens\":211,\"completion_tokens\":83,\"total_tokens\":294,\"prompt_tokens_details\":{"
      "\"cached_tokens\":0,\"audio_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0}},"
      "\"service_tier\":\"default\",\"system_fingerprint\":\"fp_bench\"}", content);
  response_len = snprintf(response, sizeof response,
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-request-id: req_bench\r\nContent-Length: %d\r\n\r\n%s", n, body);
  n = snprintf(body, sizeof body,
      "data: {\"id\":\"chatcmpl-0000000000000000000bench000\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
      "\"model\":\"bench-stream\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"},\"finish_reason\":null}]}\n\n");
  event_len = snprintf(event, sizeof event, "%x\r\n%s\r\n", n, body);
  stamp_at = strstr(event, "chatcmpl-") + strlen("chatcmpl-");
  n = snprintf(body, sizeof body,
      "data: {\"id\":\"chatcmpl-bench0000000000000000000000\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
      "\"model\":\"bench-stream\",\"choices\":[],\"usage\":{\"prompt_tokens\":211,\"completion_tokens\":100,"
      "\"total_tokens\":311}}\n\ndata: [DONE]\n\n");
  last_len = snprintf(last, sizeof last, "%x\r\n%s\r\n0\r\n\r\n", n, body);
}

static void stamp_event(void) {
  long long now = now_ns();
  for (int i = 18; i >= 0; i--, now /= 10) stamp_at[i] = (char)('0' + now % 10);
}

static void end_stream(Conn *c) {
  int moved = streams[--stream_count];
  streams[c->slot] = moved;
  conns[moved]->slot = c->slot;
  c->streaming = 0;
}

static void drop(int fd) {
  Conn *c = conns[fd];
  if (c->streaming) end_stream(c);
  conns[fd] = NULL;
  free(c->in);
  free(c);
  close(fd);
}

/* 1: all went out or waits in the connection; 0: the connection is closed. */
static int put(int fd, Conn *c, const char *bytes, int len) {
  ssize_t n = c->blocked ? 0 : send(fd, bytes, len, MSG_NOSIGNAL);
  if (n < 0) {
    if (errno != EAGAIN) { drop(fd); return 0; }
    n = 0;
  }
  if (n == len) return 1;
  int unsent = len - (int)n;
  if (c->out_len + unsent > (int)sizeof c->out) { drop(fd); return 0; }
  memcpy(c->out + c->out_len, bytes + n, unsent);
  c->out_len += unsent;
  if (!c->blocked) {
    c->blocked = 1;
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT, .data.fd = fd};
    epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e);
  }
  return 1;
}

static void unblock(int fd) {
  Conn *c = conns[fd];
  ssize_t n = send(fd, c->out + c->out_at, c->out_len - c->out_at, MSG_NOSIGNAL);
  if (n < 0) {
    if (errno != EAGAIN) drop(fd);
    return;
  }
  c->out_at += (int)n;
  if (c->out_at < c->out_len) return;
  c->out_at = c->out_len = c->blocked = 0;
  struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
  epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e);
}

static void begin_stream(int fd, Conn *c, const char *model) {
  int count = 0, rate = 0;
  sscanf(model, "sse-%d-%d", &count, &rate);
  if (!put(fd, c, STREAM_HEAD, sizeof STREAM_HEAD - 1)) return;
  c->streaming = 1;
  c->remaining = count;
  c->gap_ns = rate > 0 ? 1000000000LL / rate : 0;
  c->due_ns = now_ns();
  c->slot = stream_count;
  streams[stream_count++] = fd;
}

static void advance(int fd, long long now) {
  Conn *c = conns[fd];
  for (int turn = 0; turn < TURN && !c->blocked && c->due_ns <= now; turn++) {
    if (c->remaining == 0) {
      end_stream(c);
      put(fd, c, last, last_len);
      return;
    }
    stamp_event();
    if (!put(fd, c, event, event_len)) return;
    c->remaining--;
    c->due_ns += c->gap_ns;
  }
}

/* The length of the first whole request in the buffer; 0 where more must come. */
static int whole_request(Conn *c) {
  char *end = memmem(c->in, c->in_len, "\r\n\r\n", 4);
  if (end == NULL) return 0;
  int head = (int)(end - c->in) + 4;
  char *length = strcasestr(c->in, "\r\ncontent-length:");
  if (length != NULL && length < end) {
    int whole = head + atoi(length + 17);
    return c->in_len >= whole ? whole : 0;
  }
  char *coding = strcasestr(c->in, "\r\ntransfer-encoding:");
  if (coding == NULL || coding > end) return head;
  char *body_end = memmem(end, c->in_len - head + 4, "\r\n0\r\n\r\n", 7);
  return body_end == NULL ? 0 : (int)(body_end - c->in) + 7;
}

static void take(int fd) {
  Conn *c = conns[fd];
  ssize_t n = recv(fd, c->in + c->in_len, IN_MAX - 1 - c->in_len, 0);
  if (n <= 0) {
    if (n == 0 || errno != EAGAIN) drop(fd);
    return;
  }
  c->in_len += (int)n;
  c->in[c->in_len] = 0;
  int whole;
  while (!c->streaming && (whole = whole_request(c)) > 0) {
    char *model = memmem(c->in, whole, "\"sse-", 5);
    c->in_len -= whole;
    if (model != NULL) begin_stream(fd, c, model + 1);
    else put(fd, c, response, response_len);
    if (conns[fd] != c) return;
    memmove(c->in, c->in + whole, c->in_len);
    c->in[c->in_len] = 0;
  }
  if (c->in_len >= IN_MAX - 1) drop(fd);
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  prepare();
  int yes = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 0)};
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  if (bind(listener, (struct sockaddr *)&at, size) || listen(listener, 4096)) return perror("upstream"), 1;
  getsockname(listener, (struct sockaddr *)&at, &size);
  printf("%d\n", ntohs(at.sin_port));
  fflush(stdout);
  ep = epoll_create1(0);
  struct epoll_event e = {.events = EPOLLIN, .data.fd = listener}, events[512];
  epoll_ctl(ep, EPOLL_CTL_ADD, listener, &e);
  for (;;) {
    int flooding = 0;
    for (int i = 0; i < stream_count && !flooding; i++)
      flooding = conns[streams[i]]->gap_ns == 0 && !conns[streams[i]]->blocked;
    int n = epoll_wait(ep, events, 512, flooding ? 0 : stream_count > 0 ? 1 : -1);
    for (int i = 0; i < n; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        int new;
        while ((new = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
          if (new >= FDS) { close(new); continue; }
          setsockopt(new, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
          conns[new] = calloc(1, sizeof(Conn));
          conns[new]->in = malloc(IN_MAX);
          struct epoll_event on = {.events = EPOLLIN, .data.fd = new};
          epoll_ctl(ep, EPOLL_CTL_ADD, new, &on);
        }
        continue;
      }
      if (events[i].events & EPOLLOUT && conns[fd] != NULL) unblock(fd);
      if (events[i].events & ~EPOLLOUT && conns[fd] != NULL) take(fd);
    }
    long long now = now_ns();
    /* Backwards: a stream that ends is replaced by the last one, which had its turn. */
    for (int i = stream_count - 1; i >= 0; i--)
      if (i < stream_count) advance(streams[i], now);
  }
}
