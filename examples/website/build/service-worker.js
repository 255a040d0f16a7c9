// Keeps the pages readable without a signal: fingerprinted assets come from the cache, all else from the network while there is one.
"use strict";

const CACHE = "harrowdale-dff3230c";
const SHELL = [
  "./",
  "join.html",
  "walks/index.html",
  "walks/thornrigg-horseshoe.html",
  "images/thornrigg-map.svg",
  "images/thornrigg-profile.svg",
  "downloads/Thornrigg%20%26%20Scar%20Tarn.gpx",
  "downloads/map%2Bcompass.txt",
  "assets/site.32816d83.css",
  "assets/site.9d825c33.js",
  "assets/vollkorn-semibold.6f5587a9.woff2",
];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith("harrowdale-") && name !== CACHE);
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(old(names).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

async function fromNetwork(request) {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    if (response.ok) {
      await cache.put(request, response.clone());
    }
    return response;
  } catch (error) {
    const kept = await cache.match(request);
    if (kept) {
      return kept;
    }
    throw error;
  }
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) {
    return;
  }
  if (url.pathname.includes("/assets/")) {
    event.respondWith(caches.match(event.request).then((kept) => kept || fromNetwork(event.request)));
  } else {
    event.respondWith(fromNetwork(event.request));
  }
});
