# SPDX-License-Identifier: GPL-2.0-or-later
# A Debian of any suite in a folder, and commands inside it. To be sourced; needs root, debootstrap and the network.

# make_root SUITE FOLDER: unless there is a Debian in it already.
make_root() {
  [ ! -x "$2/usr/bin/apt-get" ] || return 0
  scripts=/usr/share/debootstrap/scripts
  # A suite that is younger than debootstrap is made as the unstable one is.
  script=$scripts/$1
  [ -e "$script" ] || script=$scripts/sid
  mkdir -p "$2"
  debootstrap --variant=minbase "$1" "$2" http://deb.debian.org/debian "$script"
  # Nobody needs these files after a power failure, and a mirror may be some days behind.
  echo force-unsafe-io > "$2/etc/dpkg/dpkg.cfg.d/hevcpool"
  echo 'Acquire::Check-Valid-Until "false";' > "$2/etc/apt/apt.conf.d/90hevcpool"
}

# copy_tree FROM FOLDER: the sources, without what was built of them. What FOLDER has built is kept for its ccache.
copy_tree() {
  mkdir -p "$2"
  find "$2" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
  tar -C "$1" --exclude=./build --exclude=./.git --exclude=./.cache -c . | tar -x -C "$2"
}

# in_root FOLDER COMMAND: with mounts that only the command sees, and that end with it. Real clips, where
# HEVCPOOL_MEDIA names a folder of them, are where the tests of /hevcpool look.
in_root() {
  # shellcheck disable=SC2016  # for the inner shell
  unshare --mount --propagation private sh -euc '
    mount -t proc proc "$1/proc"
    mount --rbind /sys "$1/sys"
    mount --rbind /dev "$1/dev"
    if [ -n "${HEVCPOOL_MEDIA:-}" ]; then
      mkdir -p "$1/shared/media"
      mount --bind -o ro "$HEVCPOOL_MEDIA" "$1/shared/media"
    fi
    exec chroot "$1" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
      sh -euc "$2"' in_root "$1" "$2"
}
